package net.conmgmt.sip.simulation;

import java.util.List;

/**
 * Faults to be planted one at a time, several of them such as this library once had: where the text
 * of a source file is replaced, the simulation must find it.
 */
final class Plants {

  /**
   * One of them.
   *
   * @param name what goes wrong
   * @param file below the packages of the library
   * @param right the text that is there
   * @param wrong the text in its place
   */
  record Plant(String name, String file, String right, String wrong) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final String IO = "internal/";

  static final List<Plant> ALL =
      List.of(
          new Plant(
              "the end of a connection overtakes its last messages",
              IO + "transport/SocketConnection.java",
              "inOrder.execute(end.telling());",
              "end.telling().run();"),
          new Plant(
              "a success told after the end enters an endpoint that nobody takes out",
              IO + "keepalive/ConnectionEndpoints.java",
              "    if (!released) {\n      latest = endpoint;",
              "    if (!released || latest == null) {\n      latest = endpoint;"),
          new Plant(
              "a request connects to a lost proxy past the pause",
              IO + "discovery/Discovery.java",
              "      if (each.getValue().isLostAt(peer, transport)) {",
              "      if (each.getValue().isLostAt(peer, transport) && peer == null) {"),
          new Plant(
              "a pause that the network has ended begins a discovery later",
              IO + "discovery/DomainDiscovery.java",
              "      if (run.begun) {",
              "      if (run.begun && name == null) {"),
          new Plant(
              "a failed discovery begins again without a pause",
              IO + "discovery/ReconnectBackoff.java",
              "  void failed(long nowNanos) {\n    pause(nowNanos);",
              "  void failed(long nowNanos) {\n    sinceNanos = nowNanos;"),
          new Plant(
              "the timer of a connection that has ended stays",
              IO + "connection/ConnectionTimers.java",
              "    if (task != null) {\n      task.cancel();\n      task = null;\n    }\n  }",
              "    task = null;\n  }"),
          new Plant(
              "a connection that has ended still counts in the quota",
              IO + "transport/ManagedMessageProcessor.java",
              "      hub.quota().release(client.getAddress());",
              ""),
          new Plant(
              "an older connection of an endpoint stays",
              IO + "keepalive/ProxyHandler.java",
              "      older.close(\n          CloseReason.REPLACED,",
              "      Object unused = java.util.List.of(\n          CloseReason.REPLACED,"),
          new Plant(
              "a refused certificate is followed by clear text",
              IO + "discovery/CandidateAttempt.java",
              "if (cause instanceof IOException && !(cause instanceof SSLException)) {\n      if",
              "if (cause instanceof SSLException) {\n"
                  + "      failed(Outcome.REFUSED, cause);\n"
                  + "      recorder.attempt(candidate, ConnectionText.of(address), Outcome.REFUSED, \"\","
                  + " startMillis);\n"
                  + "      next();\n"
                  + "    } else if (cause instanceof IOException) {\n      if"),
          new Plant(
              "a DNS answer with another id is taken",
              IO + "discovery/DnsMessages.java",
              "            && response.getHeader().getID() == query.getHeader().getID();",
              "            && response.getHeader().getID() >= 0;"),
          new Plant(
              "a renewal puts off the next keep-alive",
              IO + "connection/ClientTimers.java",
              "    if (rhythm.silenceNanos() == 0) {",
              "    if (rhythm != null) {"),
          new Plant(
              "two requests at once open two connections",
              IO + "transport/PeerChannels.java",
              "present == null || connectionOf(present).isClosed()",
              "present == null || !connectionOf(present).isOpen()"),
          new Plant(
              "what waits for a full socket is never written over TLS",
              IO + "tls/RecordWriter.java",
              "        socketFull = false;",
              "        socketFull = socketFull || queues == null;"),
          new Plant(
              "a client pings as late as its proxy gives it up",
              IO + "connection/Rhythm.java",
              "return new Rhythm(nanos / 3 * 2, 0, 0, false);",
              "return new Rhythm(nanos, 0, 0, false);"),
          new Plant(
              "a proxy keeps a silent client for twice as long",
              IO + "connection/ProxyTimers.java",
              "long seconds = Math.max(1, (long) timeoutSeconds + graceSeconds);",
              "long seconds = Math.max(1, 2L * (timeoutSeconds + graceSeconds));"),
          new Plant(
              "a proxy gives a silent client up a second too early",
              IO + "connection/ProxyTimers.java",
              "long seconds = Math.max(1, (long) timeoutSeconds + graceSeconds);",
              "long seconds = Math.max(1, (long) timeoutSeconds + graceSeconds - 1);"));

  private Plants() {}
}
