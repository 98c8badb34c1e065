/**
 * Seeing what happens: counts, an MBean for each stack, JFR events, a flight recorder for each
 * connection, and meters for Micrometer. All of it only listens; no connection depends on it.
 */
package net.conmgmt.sip.internal.monitoring;
