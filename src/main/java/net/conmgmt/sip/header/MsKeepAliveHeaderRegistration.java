package net.conmgmt.sip.header;

public final class MsKeepAliveHeaderRegistration {
  private MsKeepAliveHeaderRegistration() {}

  public static void ensureRegistered() {}
}
