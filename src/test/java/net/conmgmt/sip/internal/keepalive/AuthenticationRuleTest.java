package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.message.SIPRequest;
import java.io.IOException;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.EndpointIdentity;
import net.conmgmt.sip.keepalive.AuthenticationRule;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import org.apache.logging.log4j.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application can plug in its own word on who has authenticated. */
class AuthenticationRuleTest {

  /** Who asks with OPTIONS after a 494 is trusted. */
  public static final class OptionsRule implements AuthenticationRule {
    @Override
    public Watch watch(ManagedConnection connection) {
      return new Watch() {
        private boolean asked;

        @Override
        public @Nullable Endpoint endpointToAuthenticate(Request request) {
          return asked && request.getMethod().equals("OPTIONS")
              ? EndpointIdentity.of(request)
              : null;
        }

        @Override
        public void rememberChallenge(Response response) {
          asked |= response.getStatusCode() == 494;
        }
      };
    }
  }

  /** Fails whatever it is asked. */
  public static final class ThrowingRule implements AuthenticationRule {
    @Override
    public Watch watch(ManagedConnection connection) {
      if (connection.id() == 1) {
        throw new IllegalStateException("on purpose");
      }
      return new Watch() {
        @Override
        public @Nullable Endpoint endpointToAuthenticate(Request request) {
          throw ThrowingRule.<RuntimeException>unchecked(new IOException("on purpose"));
        }

        @Override
        public void rememberChallenge(Response response) {
          throw new IllegalStateException("on purpose");
        }
      };
    }

    /** Kotlin, Scala and others let every exception through. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> E unchecked(Exception checked) throws E {
      throw (E) checked;
    }
  }

  /** Whoever registers is trusted, and known by another name than his registration gives. */
  public static final class RenamingRule implements AuthenticationRule {
    @Override
    public Watch watch(ManagedConnection connection) {
      return request -> new Endpoint("sip:alice@contoso.com", "known by the rule");
    }
  }

  /** Cannot be made. */
  public static final class UnmadeRule implements AuthenticationRule {
    public UnmadeRule() {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public Watch watch(ManagedConnection connection) {
      return request -> null;
    }
  }

  /** Has no constructor that anybody else can call. */
  public static final class HiddenRule implements AuthenticationRule {
    private HiddenRule() {}

    @Override
    public Watch watch(ManagedConnection connection) {
      return request -> null;
    }
  }

  private static FakeStack stackWith(Class<?> rule) {
    return new FakeStack("AUTHENTICATION_RULE", rule.getName());
  }

  @Test
  @Requirement("OBP-5")
  void theRuleOfThePropertyDecidesWhoHasAuthenticated() {
    FakeStack stack = stackWith(OptionsRule.class);
    FakeConnection older = stack.proxy();
    authenticate(older);
    FakeConnection newer = stack.proxy();
    authenticate(newer);
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated desk",
            "0 #2 authenticated desk",
            "0 #1 replaced desk by #2",
            "0 #1 closed REPLACED");
    stack.closeAndExpectNothingLeft();
  }

  private static void authenticate(FakeConnection connection) {
    exchange(connection, Sip.request("OPTIONS", 1), 200);
    exchange(connection, Sip.request("OPTIONS", 2), 494);
    exchange(connection, Sip.request("OPTIONS", 3), 403);
    exchange(connection, Sip.request("INFO", 4), 200);
    exchange(connection, Sip.request("OPTIONS", 5), 200);
  }

  private static void exchange(FakeConnection connection, SIPRequest request, int status) {
    connection.receive(request);
    connection.send(Sip.response(status, request));
  }

  @Test
  @Requirement({"OBP-5", "DIA-9"})
  void aRuleNamesTheDeviceAndTheRegisterWhichOfItsFlowsThisIs() {
    FakeStack stack =
        new FakeStack(
            "AUTHENTICATION_RULE", RenamingRule.class.getName(), "KEEP_ALIVE_DIALECTS", "outbound");
    FakeConnection first = stack.proxy();
    FakeConnection second = stack.proxy();
    register(first, 1);
    register(second, 2);
    assertThat(first.isOpen()).as("the other flow").isTrue();
    register(stack.proxy(), 1);
    assertThat(first.isOpen()).as("the same flow").isFalse();
    assertThat(second.isOpen()).isTrue();
    stack.closeAndExpectNothingLeft();
  }

  private static void register(FakeConnection connection, int flow) {
    SIPRequest request =
        Sip.register(
            flow,
            "Contact: <sip:a@192.0.2.1>;reg-id=" + flow + ";+sip.instance=\"<urn:uuid:1>\"",
            "Supported: outbound");
    exchange(connection, request, 200);
  }

  @Test
  @Requirement("OBP-5")
  void aRuleThatThrowsIsLoggedAuthenticatesNobodyAndDisturbsNothingElse() {
    FakeStack stack = stackWith(ThrowingRule.class);
    try (CapturedLog log = new CapturedLog(RuleGuard.class, Level.ERROR)) {
      for (int i = 0; i < 2; i++) {
        FakeConnection connection = stack.proxy();
        SIPRequest request = Sip.register(1, Sip.OFFER);
        connection.receive(request);
        assertThat(connection.send(Sip.response(200, request))).hasSize(1);
        connection.close(CloseReason.PEER_CLOSED, "");
      }
      assertThat(log.lines())
          .as("one for the connection that is not watched, two for the request and its response")
          .hasSize(3)
          .allMatch(line -> line.startsWith("ERROR The authentication rule failed in "));
      assertThat(log.thrown()).allMatch(thrown -> thrown.contains("on purpose"));
    }
    assertThat(stack.events())
        .containsExactly(
            "0 #1 negotiated 300 332",
            "0 #1 removed desk PEER_CLOSED",
            "0 #1 closed PEER_CLOSED",
            "0 #2 negotiated 300 332",
            "0 #2 removed desk PEER_CLOSED",
            "0 #2 closed PEER_CLOSED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no.such.Rule",
        "java.lang.String",
        "net.conmgmt.sip.keepalive.AuthenticationRule",
        "net.conmgmt.sip.internal.keepalive.AuthenticationRuleTest$HiddenRule",
        "net.conmgmt.sip.internal.keepalive.AuthenticationRuleTest$UnmadeRule"
      })
  void aNameThatIsNoRuleIsRefusedAtTheStart(String name) {
    assertThatThrownBy(() -> new FakeStack("AUTHENTICATION_RULE", name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Property net.conmgmt.sip.AUTHENTICATION_RULE = '"
                + name
                + "': expected a class that implements"
                + " net.conmgmt.sip.keepalive.AuthenticationRule");
  }
}
