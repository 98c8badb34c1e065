package net.conmgmt.sip.internal.discovery;

import java.time.Duration;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * The parts and settings that a run of autodiscovery works with.
 *
 * @param scheduler runs its tasks one at a time
 * @param routes the addresses that failed a short time ago
 * @param connectTimeout the time to connect to one address, TLS included
 * @param tlsOnly leaves out every TCP entry
 * @param dhcpDomainOnly leaves out DHCP names that are not at or below the domain
 */
record DiscoveryContext(
    DnsLookup dns,
    Connector connector,
    Scheduler scheduler,
    RandomGenerator random,
    FailedRoutes routes,
    Duration connectTimeout,
    boolean tlsOnly,
    boolean dhcpDomainOnly) {}
