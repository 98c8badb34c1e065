/** The loggers of a stack that write through the Log4j 2 API. */
package net.conmgmt.sip.logging;
