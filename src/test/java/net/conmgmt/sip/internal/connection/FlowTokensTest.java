package net.conmgmt.sip.internal.connection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.FlowLookup;
import net.conmgmt.sip.FlowLookup.Outcome;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.StubConnection;
import org.junit.jupiter.api.Test;

class FlowTokensTest {

  private static final byte[] KEY = "secret".getBytes(UTF_8);

  private final ConnectionRegistry registry = new ConnectionRegistry();
  private final FlowTokens tokens = new FlowTokens(registry, KEY, 1);
  private final StubConnection connection =
      new StubConnection(7, ManagedConnection.Side.PROXY, "TCP");

  @Test
  @Requirement("DIA-5")
  void aTokenLeadsToItsConnectionWhileThatIsOpen() {
    registry.add(connection);
    String token = tokens.of(connection);
    assertThat(token).matches("[A-Za-z0-9_-]+");
    assertThat(tokens.find(token)).isEqualTo(new FlowLookup(Outcome.FOUND, connection));
    registry.remove(connection);
    assertThat(tokens.find(token)).isEqualTo(new FlowLookup(Outcome.GONE, null));
  }

  @Test
  @Requirement("DIA-5")
  void aTokenOfAnEarlierStartLeadsToNoConnectionOfThisOneWithTheSameKey() {
    registry.add(connection);
    String earlier = new FlowTokens(registry, KEY, 2).of(connection);
    assertThat(tokens.find(earlier).outcome()).isEqualTo(Outcome.GONE);
  }

  @Test
  @Requirement("DIA-5")
  void aTokenWithAnyCharacterChangedIsForged() {
    registry.add(connection);
    String token = tokens.of(connection);
    for (int i = 0; i < token.length() - 1; i++) {
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      String changed = token.substring(0, i) + other + token.substring(i + 1);
      assertThat(tokens.find(changed).outcome()).as(changed).isEqualTo(Outcome.FORGED);
    }
    for (String other : new String[] {"", "x", token + "AAAA", token.substring(4), "%%%"}) {
      assertThat(tokens.find(other).outcome()).as(other).isEqualTo(Outcome.FORGED);
    }
    String foreign = new FlowTokens(registry, "other".getBytes(UTF_8), 1).of(connection);
    assertThat(tokens.find(foreign).outcome()).isEqualTo(Outcome.FORGED);
  }
}
