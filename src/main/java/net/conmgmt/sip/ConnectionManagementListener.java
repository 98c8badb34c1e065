package net.conmgmt.sip;

/** Everything an application may want to see, at one listener. */
public interface ConnectionManagementListener extends ConnectionListener, DiscoveryListener {}
