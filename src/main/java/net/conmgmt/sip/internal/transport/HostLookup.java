package net.conmgmt.sip.internal.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Looks up the addresses of a name. A part of its stack: one that is there before is used. */
public interface HostLookup {

  /** All addresses, in the order in which they are to be tried; at least one. */
  InetAddress[] addressesOf(String host) throws UnknownHostException;
}
