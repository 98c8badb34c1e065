/** Time and delayed work: the one place that reads the system clock. */
package net.conmgmt.sip.internal.time;
