package net.conmgmt.sip.internal.directory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.testing.VirtualScheduler;

/** The directory of the tests in virtual time does what the real one does. */
class MemoryStoreTest extends DirectoryStoreContract {

  private final VirtualScheduler time = new VirtualScheduler();
  private final MemoryStore store = new MemoryStore(time);
  private final Map<String, MemoryStore.Link> links = new HashMap<>();
  private final Map<String, List<String>> heard = new HashMap<>();

  MemoryStoreTest() {
    for (String node : List.of(A, B)) {
      MemoryStore.Link link = store.new Link();
      List<String> hints = new ArrayList<>();
      links.put(node, link);
      heard.put(node, hints);
      link.start(
          node,
          new DirectoryStore.Events() {
            @Override
            public void connected() {}

            @Override
            public void disconnected(String why) {}

            @Override
            public void displaced(Endpoint endpoint, long epoch, String newer) {
              hints.add(endpoint + " " + epoch + " " + newer);
            }
          });
    }
  }

  @Override
  protected DirectoryStore store(String node) {
    return Objects.requireNonNull(links.get(node));
  }

  @Override
  protected <T> T await(CompletableFuture<T> answer) {
    time.advance(3_000_000);
    return answer.join();
  }

  @Override
  protected String hint(String node, Endpoint endpoint) {
    time.advance(3_000_000);
    List<String> hints = Objects.requireNonNull(heard.get(node));
    String found =
        hints.stream().filter(hint -> hint.startsWith(endpoint + " ")).findFirst().orElseThrow();
    hints.clear();
    return found.substring(endpoint.toString().length() + 1);
  }
}
