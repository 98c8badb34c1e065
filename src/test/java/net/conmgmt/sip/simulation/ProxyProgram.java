package net.conmgmt.sip.simulation;

import gov.nist.javax.sip.header.ContactList;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.stack.MessageChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sip.header.AuthorizationHeader;
import org.jspecify.annotations.Nullable;

/** A registrar and proxy: challenges, answers, and sends to those who have registered. */
final class ProxyProgram implements Host.Program {

  private final Messages messages;
  private final int slowPercent;
  private final Map<String, MessageChannel> bindings = new HashMap<>();
  private final Set<String> nonces = new HashSet<>();
  private @Nullable Host host;
  private @Nullable Transactions transactions;
  private int count;

  ProxyProgram(Messages messages, int slowPercent) {
    this.messages = messages;
    this.slowPercent = slowPercent;
  }

  @Override
  public void begin(Host on) {
    host = on;
    transactions = new Transactions(on);
    later();
  }

  private Host host() {
    if (host == null) {
      throw new IllegalStateException("not begun");
    }
    return host;
  }

  private Transactions transactions() {
    if (transactions == null) {
      throw new IllegalStateException("not begun");
    }
    return transactions;
  }

  private void later() {
    World world = host().world;
    long pause = world.dice.nanos(4, 80);
    world.in(
        host().process(), host().faultsGoOn() ? Interleaving.shorter(pause) : pause, this::tick);
  }

  /** Sends a request to one of those who have registered. */
  private void tick() {
    if (!host().isRunning() || host().program() != this) {
      return;
    }
    List<String> names = new ArrayList<>(bindings.keySet());
    if (!names.isEmpty()) {
      names.sort(null);
      String name = names.get(host().world.dice.below(names.size()));
      MessageChannel channel = bindings.get(name);
      if (channel != null) {
        sendTo(name, channel);
      }
    }
    later();
  }

  private void sendTo(String name, MessageChannel channel) {
    count++;
    int slash = name.indexOf('/');
    Messages.Asked asked =
        new Messages.Asked(
            "MESSAGE",
            name.substring(0, slash),
            name.substring(slash + 1),
            host() + "-" + count,
            count,
            Transactions.viaOf(host(), Transactions.connectionOf(channel)));
    try {
      transactions()
          .send(
              messages.request(asked, "", host().world.dice.bodyBytes()), channel, response -> {});
    } catch (IOException e) {
      bindings.remove(name);
    }
  }

  @Override
  public void request(SIPRequest request, MessageChannel channel) {
    host().checks.messages.received(host(), Transactions.connectionOf(channel), request);
    World world = host().world;
    switch (request.getMethod()) {
      case "REGISTER" -> answerLater(() -> register(request, channel));
      case "INVITE" -> {
        answer(request, channel, 100, "");
        answerLater(
            () -> {
              answer(request, channel, 180, "");
              answerLater(() -> answer(request, channel, 200, ""));
            });
      }
      case "ACK" -> world.coverage.count("message: ACK");
      default -> answerLater(() -> answer(request, channel, 200, ""));
    }
  }

  private void answerLater(Runnable answer) {
    World world = host().world;
    if (world.dice.chance(slowPercent)) {
      world.in(
          host().process(),
          // Longer than a client waits, but not for ever.
          world.dice.chance(80) || !host().faultsGoOn()
              ? world.dice.nanos(0, 3)
              : world.dice.nanos(3, 40),
          answer);
    } else {
      answer.run();
    }
  }

  private void register(SIPRequest request, MessageChannel channel) {
    AuthorizationHeader credentials =
        (AuthorizationHeader) request.getHeader(AuthorizationHeader.NAME);
    if (credentials == null || !nonces.contains(credentials.getNonce())) {
      String nonce = "n" + host() + nonces.size();
      nonces.add(nonce);
      answer(
          request,
          channel,
          401,
          "WWW-Authenticate: Digest realm=\"contoso.test\",nonce=\"" + nonce + "\"");
      return;
    }
    if (host().world.dice.once(40)) {
      answer(request, channel, 500, "");
      return;
    }
    String user = request.getFrom().getAddress().getURI().toString();
    String name =
        user.substring(4, user.indexOf('@')) + "/" + request.getFromHeader().getParameter("epid");
    ContactList contacts = request.getContactHeaders();
    boolean leaves = request.getExpires() != null && request.getExpires().getExpires() == 0;
    if (leaves) {
      bindings.remove(name);
    } else {
      bindings.put(name, channel);
    }
    answer(
        request,
        channel,
        200,
        leaves || contacts == null ? "" : contacts.getFirst().toString().trim() + ";expires=600");
  }

  private void answer(SIPRequest request, MessageChannel channel, int status, String more) {
    transactions().answer(messages.response(request, status, more), channel);
  }

  @Override
  public void response(SIPResponse response, MessageChannel channel) {
    host().checks.messages.received(host(), Transactions.connectionOf(channel), response);
    transactions().arrived(response);
  }
}
