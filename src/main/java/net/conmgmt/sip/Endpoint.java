package net.conmgmt.sip;

import org.jspecify.annotations.Nullable;

/**
 * A protocol client endpoint: one device of one user (3.5.5).
 *
 * @param addressOfRecord the user's address-of-record, for example {@code sip:alice@contoso.com}
 * @param instance the device: {@code epid} of From, or {@code +sip.instance} of Contact, or the
 *     Contact URI where the client says neither; empty where there is no Contact either
 */
public record Endpoint(String addressOfRecord, String instance) {

  // In plain code, here and in the other keys of a new connection: a record's own are put together
  // when first called, which was 20 ms of the first registration.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Endpoint that
        && addressOfRecord.equals(that.addressOfRecord)
        && instance.equals(that.instance);
  }

  @Override
  public int hashCode() {
    return 31 * addressOfRecord.hashCode() + instance.hashCode();
  }
}
