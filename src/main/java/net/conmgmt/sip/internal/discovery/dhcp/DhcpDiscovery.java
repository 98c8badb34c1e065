package net.conmgmt.sip.internal.discovery.dhcp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * One SIP server discovery by DHCP ([MS-CONMGMT] 3.1.2, 3.1.5, 3.1.6). Asks on every link, once
 * more where no answer has ended it after about 4 s (RFC 2131, 4.1), and ends
 *
 * <ol>
 *   <li>with two names, at the first DHCPACK that carries two; the discovery timer is cancelled;
 *   <li>without names, when the discovery timer of 5 s fires;
 *   <li>without names at once, when no link can be opened, as without permission to use port 68.
 * </ol>
 *
 * <p>Choices, where the specification leaves them open. The two names have to be different and in
 * one DHCPACK: names of different servers are not put together. Of more than two the first two are
 * used, as the server lists them by preference (RFC 3361, 3.1). A single name is not used, since
 * when the timer fires the result is empty ([MS-CONMGMT] 3.1.6).
 *
 * <p>The state is touched on the scheduler's thread only, which must run its tasks one at a time.
 * Whoever cancels the future, on that thread too, closes the links.
 */
public final class DhcpDiscovery {

  /** The discovery timer ([MS-CONMGMT] 3.1.2). */
  public static final long TIMER_NANOS = 5_000_000_000L;

  /** The request is sent again after 4 s, give or take one, at random (RFC 2131, 4.1). */
  static final long EARLIEST_REPEAT_NANOS = 3_000_000_000L;

  static final long LATEST_REPEAT_NANOS = 5_000_000_000L;

  /** How many results an answer needs ([MS-CONMGMT] 3.1.5). */
  private static final int RESULTS = 2;

  private static final Logger LOG = LogManager.getLogger(DhcpDiscovery.class);

  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final CompletableFuture<DhcpResult> result = new CompletableFuture<>();
  // The links that were asked, with the request.
  private final Map<DhcpLink, byte[]> links = new LinkedHashMap<>();
  private final List<String> unused = new ArrayList<>();
  private final List<String> rejected = new ArrayList<>();

  private DhcpDiscovery(Scheduler scheduler, RandomGenerator random) {
    this.scheduler = scheduler;
    this.random = random;
  }

  /**
   * Opens the links and asks. Call on the scheduler's thread.
   *
   * @return completes on the scheduler's thread, never exceptionally unless cancelled
   */
  public static CompletableFuture<DhcpResult> start(
      Scheduler scheduler, RandomGenerator random, DhcpLinks links) {
    DhcpDiscovery discovery = new DhcpDiscovery(scheduler, random);
    discovery.begin(links.open());
    return discovery.result;
  }

  private void begin(DhcpLinks.Opened opened) {
    List<String> failures = new ArrayList<>(opened.failures());
    for (DhcpLink link : opened.links()) {
      try {
        links.put(link, ask(link));
      } catch (IOException e) {
        link.close();
        failures.add(link.name() + ": DHCPINFORM was not sent: " + e.getMessage());
      }
    }
    if (links.isEmpty()) {
      result.complete(DhcpResult.notAsked(cannotAsk(failures)));
      return;
    }
    failures.forEach(failure -> LOG.debug("No DHCP query was sent on {}", failure));
    Scheduler.Task timer = scheduler.schedule(this::timerFired, TIMER_NANOS);
    long repeatNanos = random.nextLong(EARLIEST_REPEAT_NANOS, LATEST_REPEAT_NANOS);
    Scheduler.Task repeat = scheduler.schedule(this::askAgain, repeatNanos);
    CompletableFuture<?> unused =
        result.whenComplete(
            (end, failure) -> {
              timer.cancel();
              repeat.cancel();
              links.keySet().forEach(DhcpLink::close);
            });
  }

  private byte[] ask(DhcpLink link) throws IOException {
    int transactionId = random.nextInt();
    String hardwareAddress = DhcpMessages.text(link.hardwareAddress());
    byte[] request = DhcpMessages.inform(transactionId, link.address(), link.hardwareAddress());
    link.listen(message -> received(link, transactionId, hardwareAddress, message));
    link.send(request);
    LOG.debug("DHCPINFORM sent on {} from {}", link.name(), link.address().getHostAddress());
    return request;
  }

  private void askAgain() {
    links.forEach(
        (link, request) -> {
          try {
            link.send(request);
          } catch (IOException e) {
            LOG.debug("DHCPINFORM was not sent again on {}", link.name(), e);
          }
        });
  }

  /** On any thread: what is no answer to this request is dropped before it costs a task. */
  private void received(DhcpLink link, int transactionId, String hardwareAddress, byte[] message) {
    DhcpAnswer answer;
    try {
      answer = DhcpMessages.parse(message);
    } catch (DhcpFormatException e) {
      LOG.debug("DHCP message on {} ignored: {}", link.name(), e.getMessage());
      if (DhcpMessages.isTo(transactionId, hardwareAddress, message)) {
        String why = link.name() + ": malformed answer: " + e.getMessage();
        scheduler.schedule(() -> reject(List.of(why)), 0);
      }
      return;
    }
    if (answer.messageType() == DhcpMessages.DHCPACK
        && answer.transactionId() == transactionId
        && answer.hardwareAddress().equals(hardwareAddress)) {
      scheduler.schedule(() -> answered(link, answer), 0);
    } else {
      LOG.debug("DHCP message on {} ignored, it answers another request: {}", link.name(), answer);
    }
  }

  private void answered(DhcpLink link, DhcpAnswer answer) {
    if (result.isDone()) {
      return;
    }
    List<String> names = answer.names();
    List<String> ignored = new ArrayList<>();
    for (String address : answer.addresses()) {
      ignored.add(address + ": an address, only names are used ([MS-CONMGMT] 3.1.5)");
    }
    if (names.size() < RESULTS) {
      names.forEach(
          name -> ignored.add(name + ": not two names in one answer ([MS-CONMGMT] 3.1.5)"));
      reject(ignored);
      unused.add(link.name() + " " + names);
      return;
    }
    for (String name : names.subList(RESULTS, names.size())) {
      ignored.add(name + ": after the first two ([MS-CONMGMT] 3.1.5)");
    }
    List<String> chosen = new ArrayList<>(names.subList(0, RESULTS));
    if (random.nextBoolean()) {
      chosen.add(chosen.remove(0));
    }
    rejected.addAll(ignored);
    result.complete(new DhcpResult(chosen, rejected, "DHCPACK on " + link.name(), true));
  }

  /** A server may say the same again. */
  private void reject(List<String> texts) {
    texts.stream().filter(text -> !rejected.contains(text)).forEach(rejected::add);
  }

  private void timerFired() {
    StringBuilder detail = new StringBuilder("no DHCPACK with two names within 5 s; asked on ");
    detail.append(String.join(", ", links.keySet().stream().map(DhcpLink::name).toList()));
    if (!unused.isEmpty()) {
      detail.append("; answers with fewer names: ").append(String.join(", ", unused));
    }
    result.complete(new DhcpResult(List.of(), rejected, detail.toString(), true));
  }

  private static String cannotAsk(List<String> failures) {
    return failures.isEmpty()
        ? "no network interface is up, has an IPv4 and a hardware address and can broadcast"
        : "the DHCP client port cannot be used: "
            + String.join("; ", failures)
            + ". Port 68 needs root or CAP_NET_BIND_SERVICE";
  }
}
