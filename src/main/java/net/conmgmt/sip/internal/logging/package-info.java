/**
 * Logging through log4j 2: the RI's stack and server loggers, what is masked in every line, and the
 * connection that a line is about.
 */
package net.conmgmt.sip.internal.logging;
