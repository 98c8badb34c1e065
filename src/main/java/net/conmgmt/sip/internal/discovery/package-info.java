/** Outbound proxy autodiscovery, client side ([MS-CONMGMT] 3.1). */
package net.conmgmt.sip.internal.discovery;
