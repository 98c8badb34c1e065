/** The RI's stack and server loggers on log4j 2. */
package net.conmgmt.sip.logging;
