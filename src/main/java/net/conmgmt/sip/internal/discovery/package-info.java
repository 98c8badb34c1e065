/** Outbound proxy autodiscovery, client side (3.1). */
package net.conmgmt.sip.internal.discovery;
