package net.conmgmt.sip;

import net.conmgmt.sip.connection.ConnectionListener;
import net.conmgmt.sip.discovery.DiscoveryListener;

/** Everything an application may want to see, at one listener. */
public interface ConnectionManagementListener extends ConnectionListener, DiscoveryListener {}
