package net.conmgmt.sip.simulation;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.stack.MessageChannel;
import java.io.IOException;
import java.util.function.Consumer;
import javax.sip.header.WWWAuthenticateHeader;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/**
 * A user agent: keeps itself registered and now and then asks for something. After a failure it
 * simply tries again, as the pauses are the library's business.
 */
final class ClientProgram implements Host.Program {

  private static final long SECOND = 1_000_000_000L;
  private static final long REGISTERED_NANOS = 500 * SECOND;

  /** How a client finds the channel of a request. */
  interface Way {
    /** Gives the channel, or null where there is none now; once, now or later. */
    void find(Host host, Consumer<@Nullable MessageChannel> taker);
  }

  private final Messages messages;
  private final String user;
  private final String device;
  private final Way way;
  private final double tickSeconds;
  private @Nullable Host host;
  private @Nullable Transactions transactions;
  private @Nullable String nonce;
  private int sequence;
  private boolean registering;
  private boolean challenged;
  private @Nullable ManagedConnection registeredOn;
  private long registeredUntil;
  private long lastSeenRegistered;

  ClientProgram(Messages messages, String user, String device, Way way, double tickSeconds) {
    this.messages = messages;
    this.user = user;
    this.device = device;
    this.way = way;
    this.tickSeconds = tickSeconds;
  }

  @Override
  public void begin(Host on) {
    host = on;
    transactions = new Transactions(on);
    tick();
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

  /** The connection on which this client is registered now, or null. */
  @Nullable ManagedConnection registeredOn() {
    ManagedConnection on = registeredOn;
    return on != null && on.isOpen() && host().world.elapsed() < registeredUntil ? on : null;
  }

  /** Whether its next request answers a challenge, which only the proxy that made it knows. */
  boolean isChallenged() {
    return registering && challenged;
  }

  /** When this client was last seen to be registered. */
  long lastSeenRegistered() {
    if (registeredOn() != null) {
      lastSeenRegistered = host().world.elapsed();
    }
    return lastSeenRegistered;
  }

  private void tick() {
    if (!host().isRunning() || host().program() != this) {
      return;
    }
    World world = host().world;
    boolean refreshDue = registeredUntil - world.elapsed() < 100 * SECOND;
    long unused = lastSeenRegistered();
    if (!registering && (registeredOn() == null || refreshDue || world.dice.once(30))) {
      registering = true;
      register(0);
    } else if (!registering) {
      ask();
    }
    long pause = world.dice.nanos(tickSeconds / 4, tickSeconds);
    world.in(
        host().process(), host().faultsGoOn() ? Interleaving.shorter(pause) : pause, this::tick);
  }

  @Override
  public void discovered() {
    if (host().isRunning() && host().program() == this && !registering && registeredOn() == null) {
      registering = true;
      register(0);
    }
  }

  @Override
  public void lost(ManagedConnection connection) {
    if (connection == registeredOn && host().world.elapsed() < registeredUntil) {
      lastSeenRegistered = host().world.elapsed();
    }
    transactions().lost(connection);
  }

  private void register(int challenges) {
    challenged = challenges > 0;
    way.find(
        host(),
        channel -> {
          if (channel == null) {
            registering = false;
            return;
          }
          ManagedConnection connection = Transactions.connectionOf(channel);
          try {
            transactions()
                .send(
                    newRequest(connection, "REGISTER", registerHeaders(), 0),
                    channel,
                    response -> registered(connection, response, challenges));
          } catch (IOException e) {
            registering = false;
          }
        });
  }

  private String registerHeaders() {
    return "Contact: <sip:"
        + user
        + "@"
        + host().machine.address.getHostAddress()
        + ":5060;transport=tcp>\r\nExpires: 600\r\n"
        + (nonce == null
            ? ""
            : "Authorization: Digest username=\""
                + user
                + "\",realm=\"contoso.test\",nonce=\""
                + nonce
                + "\",uri=\"sip:contoso.test\",response=\"00\"\r\n");
  }

  private void registered(
      ManagedConnection connection, @Nullable SIPResponse response, int challenges) {
    int status = response == null ? 408 : response.getStatusCode();
    if (status == 401 && challenges < 2 && response != null) {
      nonce = ((WWWAuthenticateHeader) response.getHeader("WWW-Authenticate")).getNonce();
      register(challenges + 1);
      return;
    }
    registering = false;
    if (status == 200) {
      registeredOn = connection;
      registeredUntil = host().world.elapsed() + REGISTERED_NANOS;
      host().world.note(host(), "is registered on " + connection);
    } else if (status == 408) {
      // Nothing else tells that a proxy without keep-alive is gone.
      connection.close("a registration was not answered");
    }
  }

  private void ask() {
    Dice dice = host().world.dice;
    String method = dice.chance(80) ? "MESSAGE" : "INVITE";
    int body = dice.bodyBytes();
    way.find(
        host(),
        channel -> {
          if (channel != null) {
            send(newRequest(Transactions.connectionOf(channel), method, "", body), channel);
          }
        });
  }

  private void send(SIPRequest request, MessageChannel channel) {
    try {
      transactions().send(request, channel, response -> {});
    } catch (IOException e) {
      host().world.coverage.count("message: request not sent");
    }
  }

  private SIPRequest newRequest(
      ManagedConnection connection, String method, String headers, int body) {
    sequence++;
    return messages.request(
        new Messages.Asked(
            method,
            user,
            device,
            device + (method.equals("REGISTER") ? "" : "-" + sequence),
            sequence,
            Transactions.viaOf(host(), connection)),
        headers,
        body);
  }

  @Override
  public void request(SIPRequest request, MessageChannel channel) {
    host().checks.messages.received(host(), Transactions.connectionOf(channel), request);
    transactions().answer(messages.response(request, 200, ""), channel);
  }

  @Override
  public void response(SIPResponse response, MessageChannel channel) {
    host().checks.messages.received(host(), Transactions.connectionOf(channel), response);
    transactions().arrived(response);
  }
}
