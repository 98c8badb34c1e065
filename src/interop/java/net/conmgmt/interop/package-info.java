/**
 * The library against real software of others, each started by the tests on loopback or in network
 * namespaces of their own: {@code mvn -Pinterop verify}.
 */
package net.conmgmt.interop;
