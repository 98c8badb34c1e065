package net.conmgmt.sip.connection;

/**
 * A protocol client endpoint: one device of one user (3.5.5).
 *
 * @param addressOfRecord the user's address-of-record, for example {@code sip:alice@contoso.com}
 * @param instance the device: {@code epid} of From, or {@code +sip.instance} of Contact; empty
 *     where the client says neither, so that all such devices of a user are one endpoint
 */
public record Endpoint(String addressOfRecord, String instance) {}
