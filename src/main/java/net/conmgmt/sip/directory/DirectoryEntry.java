package net.conmgmt.sip.directory;

import net.conmgmt.sip.Endpoint;

/**
 * An entry of the endpoint directory: the proxy that holds an endpoint, and the connection on which
 * it does. Immutable.
 *
 * @param endpoint the device of a user
 * @param epoch the fence: of two entries of one endpoint the one with the greater epoch is newer; 0
 *     while the directory has not yet confirmed the entry of this proxy
 * @param node {@code HOST:PORT} at which the other proxies reach the holder; empty where one proxy
 *     has no others
 * @param flow a token that leads the holder to the connection, see {@code
 *     ConnectionManagement.flow}; only the holder can make it, and it ends with the connection
 * @param contact the Contact URI that the endpoint registered; empty where it has authenticated but
 *     has no registration, so that no request can be sent to it
 * @param authenticated whether the endpoint has authenticated on that connection
 */
public record DirectoryEntry(
    Endpoint endpoint,
    long epoch,
    String node,
    String flow,
    String contact,
    boolean authenticated) {}
