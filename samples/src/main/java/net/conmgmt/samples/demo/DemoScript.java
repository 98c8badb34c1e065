package net.conmgmt.samples.demo;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.conmgmt.samples.proxy.ProxyServer;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Failures;
import net.conmgmt.samples.ua.SampleUa;

/** The demo's steps. Each waits for what it claims, and fails when it does not come. One thread. */
public final class DemoScript {

  public static final String DOMAIN = "contoso.test";
  public static final String ALICE = "sip:alice@" + DOMAIN;
  public static final String BOB = "sip:bob@" + DOMAIN;
  public static final int TIMEOUT_SECONDS = 3;
  public static final int GRACE_SECONDS = 2;

  private static final String TEXT = "Are you still there?";
  private static final int ROUNDS = 3;
  private static final int START_SECONDS = 12;
  private static final int SHORT_SECONDS = 5;

  private final Timeline timeline;
  private final ProxyServer proxy;
  private final SampleUa alice;
  private final Child bob;

  public DemoScript(Timeline timeline, ProxyServer proxy, SampleUa alice, Child bob) {
    this.timeline = timeline;
    this.proxy = proxy;
    this.alice = alice;
    this.bob = bob;
  }

  public void play() throws Timeline.StepFailedException, InterruptedException, IOException {
    var registered = alice.register();
    Timeline.Event aliceAtProxy = joined("alice", ALICE);
    Timeline.Event bobAtProxy = joined("bob", BOB);
    Timeline.require(
        !registered.isCompletedExceptionally(),
        "alice registered",
        String.valueOf(alice.problem()));
    stayInTouch(aliceAtProxy, bobAtProxy);
    exchange();
    int frozen = freeze(bobAtProxy, aliceAtProxy);
    notReachable(frozen);
    end();
  }

  /** Discovery, connection, registration and negotiation; the proxy's registration event. */
  private Timeline.Event joined(String who, String aor)
      throws Timeline.StepFailedException, InterruptedException {
    Timeline.Event done = timeline.await(0, who, "discovery.done", START_SECONDS);
    Timeline.require(
        done.detail("succeeded").equals("true"), who + " to find a proxy", done.details());
    timeline.say(
        who
            + ": found "
            + done.detail("chosen")
            + " through DNS in "
            + done.detail("millis")
            + " ms");
    timeline.await(0, who, "connection.established", SHORT_SECONDS);
    timeline.await(0, who, "keepalive.offered", SHORT_SECONDS);
    Timeline.Event atProxy =
        timeline.await(
            0, "proxy", "registered", e -> e.detail("aor").equals(aor), 1, SHORT_SECONDS);
    String connection = atProxy.detail("connection");
    timeline.await(0, who, "registered", SHORT_SECONDS);
    timeline.await(
        0, "proxy", "endpoint.authenticated", e -> e.detail("aor").equals(aor), 1, SHORT_SECONDS);
    timeline.say("proxy: " + aor + " authenticated and registered on connection #" + connection);
    Timeline.Event mine = timeline.await(0, who, "keepalive.negotiated", SHORT_SECONDS);
    Timeline.Event theirs =
        timeline.await(
            0,
            "proxy",
            "keepalive.negotiated",
            e -> e.detail("connection").equals(connection),
            1,
            SHORT_SECONDS);
    Timeline.require(
        mine.detail("timeoutSeconds").equals(String.valueOf(TIMEOUT_SECONDS))
            && theirs.detail("timeoutSeconds").equals(String.valueOf(TIMEOUT_SECONDS)),
        "T = " + TIMEOUT_SECONDS + " on both sides",
        mine + " and " + theirs);
    timeline.say(
        who
            + ": keep-alive negotiated, T = "
            + mine.detail("timeoutSeconds")
            + " s, a keep-alive after "
            + mine.detail("refreshSeconds")
            + " silent seconds");
    return atProxy;
  }

  private void stayInTouch(Timeline.Event aliceAtProxy, Timeline.Event bobAtProxy)
      throws Timeline.StepFailedException, InterruptedException {
    timeline.step("silence for longer than T + grace");
    int mark = timeline.mark();
    int deadline = ROUNDS * TIMEOUT_SECONDS + SHORT_SECONDS;
    for (int round = 1; round <= ROUNDS; round++) {
      for (Timeline.Event user : new Timeline.Event[] {aliceAtProxy, bobAtProxy}) {
        String who = Aor.user(user.detail("aor"));
        String connection = user.detail("connection");
        timeline.await(mark, who, "keepalive.sent", e -> true, round, deadline);
        timeline.await(
            mark,
            "proxy",
            "keepalive.received",
            e -> e.detail("connection").equals(connection),
            round,
            deadline);
        timeline.say(who + ": CRLF CRLF -> proxy, connection #" + connection);
      }
    }
    Timeline.require(
        timeline.find(0, "proxy", "connection.closed").isEmpty(),
        "no connection closed",
        timeline.find(0, "proxy", "connection.closed"));
  }

  private void exchange() throws Timeline.StepFailedException, InterruptedException {
    timeline.step("alice sends bob a MESSAGE");
    int mark = timeline.mark();
    String failure = send();
    Timeline.require(failure.isEmpty(), "the MESSAGE to be accepted", failure);
    Timeline.Event message = timeline.await(mark, "bob", "message.received", SHORT_SECONDS);
    Timeline.require(
        message.detail("text").equals(TEXT) && message.detail("from").equals(ALICE),
        "\"" + TEXT + "\" from " + ALICE,
        message.details());
    timeline.say("bob: message from " + message.detail("from") + ": " + message.detail("text"));
    int connections = timeline.find(0, "proxy", "connection.established").size();
    Timeline.require(connections == 2, "the same 2 connections as before", connections);
    timeline.say("proxy: forwarded it on the kept connections, there are still 2");
  }

  /** Why a MESSAGE from alice to bob failed, or nothing. */
  private String send() throws InterruptedException {
    try {
      alice.message(BOB, TEXT).get(SHORT_SECONDS, TimeUnit.SECONDS);
      return "";
    } catch (ExecutionException e) {
      return Failures.explanation(e.getCause());
    } catch (TimeoutException e) {
      return "no answer within " + SHORT_SECONDS + " s";
    }
  }

  private int freeze(Timeline.Event bobAtProxy, Timeline.Event aliceAtProxy)
      throws Timeline.StepFailedException, InterruptedException, IOException {
    timeline.step("bob is frozen: his process stops, his connection stays open");
    Timeline.require(bob.isAlive(), "bob to be running", "that he has ended");
    String connection = bobAtProxy.detail("connection");
    int mark = timeline.mark();
    bob.freeze();
    timeline.say("bob: process " + bob.pid() + " got SIGSTOP");
    int deadline = TIMEOUT_SECONDS + GRACE_SECONDS + SHORT_SECONDS;
    Timeline.Event removed =
        timeline.await(
            mark, "proxy", "endpoint.removed", e -> e.detail("aor").equals(BOB), 1, deadline);
    Timeline.require(
        removed.detail("reason").equals("EXPIRY_TIMER"), "EXPIRY_TIMER", removed.details());
    timeline.say("proxy: nothing from bob for T + grace, his endpoint is removed");
    timeline.await(
        mark, "proxy", "unregistered", e -> e.detail("aor").equals(BOB), 1, SHORT_SECONDS);
    Timeline.require(
        proxy.registrar().bindings(BOB).isEmpty(), "no binding", proxy.registrar().bindings(BOB));
    timeline.say("proxy: bob no longer has a binding");
    Timeline.Event closed =
        timeline.await(
            mark,
            "proxy",
            "connection.closed",
            e -> e.detail("connection").equals(connection),
            1,
            SHORT_SECONDS);
    Timeline.require(
        closed.detail("reason").equals("EXPIRY_TIMER"), "EXPIRY_TIMER", closed.details());
    timeline.say("proxy: connection #" + connection + " is closed: " + closed.detail("reason"));
    String own = aliceAtProxy.detail("connection");
    timeline.await(
        mark,
        "proxy",
        "keepalive.received",
        e -> e.detail("connection").equals(own),
        1,
        SHORT_SECONDS);
    Timeline.require(
        timeline.find(0, "alice", "connection.closed").isEmpty(),
        "alice still connected",
        timeline.find(0, "alice", "connection.closed"));
    timeline.say("proxy: alice is alive on connection #" + own);
    return mark;
  }

  private void notReachable(int mark) throws Timeline.StepFailedException, InterruptedException {
    timeline.step("alice sends bob another MESSAGE");
    String failure = send();
    Timeline.require(
        failure.contains("480"), "480 for a user who is gone", failure.isEmpty() ? 200 : failure);
    timeline.say("alice: not delivered: " + failure.replaceFirst(".*found ", ""));
    Timeline.require(
        timeline.find(mark, "bob", "message.received").isEmpty(),
        "nothing at bob",
        timeline.find(mark, "bob", "message.received"));
  }

  private void end() throws Timeline.StepFailedException, InterruptedException {
    timeline.step("the end");
    int mark = timeline.mark();
    bob.close();
    timeline.say("bob: process " + bob.pid() + " has ended");
    alice.close();
    timeline.await(
        mark, "proxy", "unregistered", e -> e.detail("aor").equals(ALICE), 1, SHORT_SECONDS);
    Timeline.Event closed = timeline.await(mark, "alice", "connection.closed", SHORT_SECONDS);
    timeline.say("alice: connection closed: " + closed.detail("reason"));
  }
}
