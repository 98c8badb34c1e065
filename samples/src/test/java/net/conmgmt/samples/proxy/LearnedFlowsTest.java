package net.conmgmt.samples.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.ManagedConnection;
import org.junit.jupiter.api.Test;

class LearnedFlowsTest {

  private static final String CONTACT = "alice@192.168.1.10:5060";

  private final LearnedFlows learned = new LearnedFlows();

  private static Flow flow(int port, AtomicBoolean open) {
    ManagedConnection connection =
        (ManagedConnection)
            Proxy.newProxyInstance(
                LearnedFlowsTest.class.getClassLoader(),
                new Class<?>[] {ManagedConnection.class},
                (proxy, method, arguments) ->
                    method.getName().equals("isOpen") ? open.get() : null);
    return new Flow("192.0.2.1", port, "TCP", connection);
  }

  @Test
  void aContactOfALiveConnectionIsTakenFromItByNobodyWhoMerelyNamesIt() {
    AtomicBoolean firstIsOpen = new AtomicBoolean(true);
    Flow first = flow(50_001, firstIsOpen);
    Flow second = flow(50_002, new AtomicBoolean(true));
    learned.learn(CONTACT, first);

    learned.learn(CONTACT, second);
    assertThat(learned.find(CONTACT)).containsSame(first);

    firstIsOpen.set(false);
    learned.learn(CONTACT, second);
    assertThat(learned.find(CONTACT)).containsSame(second);
  }
}
