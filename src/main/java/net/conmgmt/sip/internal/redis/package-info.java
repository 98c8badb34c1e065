/** The endpoint directory on Redis or Valkey. The only room that needs {@code io.lettuce}. */
package net.conmgmt.sip.internal.redis;
