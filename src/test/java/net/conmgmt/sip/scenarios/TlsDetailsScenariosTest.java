package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.ClientTransactionExt;
import gov.nist.javax.sip.SipStackExt;
import gov.nist.javax.sip.TlsSecurityPolicy;
import gov.nist.javax.sip.TransactionExt;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.sip.RequestEvent;
import javax.sip.ServerTransaction;
import javax.sip.SipException;
import javax.sip.message.Request;
import javax.sip.message.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What an application learns of TLS from a transaction, and that its policy is asked. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#overTls")
class TlsDetailsScenariosTest extends ScenarioTest {

  private static final String CIPHER_SUITE = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

  @Test
  void aTransactionIsSecureOnBothSides() throws Exception {
    ClientTransactionExt sent =
        (ClientTransactionExt) stage.client().send(Request.OPTIONS, stage.server().port());
    assertThat(stage.client().nextStatus()).isEqualTo(Response.OK);
    assertThat(sent.isSecure()).isTrue();
    assertThat(sent.getTransport()).isEqualToIgnoringCase("TLS");
    assertThat(sent.getPeerPort()).isEqualTo(stage.server().port());
  }

  @Test
  void aClientTransactionTellsItsCipherSuiteAndTheServersCertificates() throws Exception {
    ClientTransactionExt sent =
        (ClientTransactionExt) stage.client().send(Request.OPTIONS, stage.server().port());
    assertThat(stage.client().nextStatus()).isEqualTo(Response.OK);
    assertThat(sent.getCipherSuite()).isEqualTo(CIPHER_SUITE);
    X509Certificate certificate = (X509Certificate) sent.getPeerCertificates()[0];
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=scenario");
  }

  @Test
  void aServerTransactionTellsItsCipherSuiteAndItsOwnCertificates() throws Exception {
    ScenarioApplication server = stage.server();
    server.onRequest(event -> {});
    stage.client().send(Request.OPTIONS, server.port());
    RequestEvent event = next(server.requests);
    ServerTransaction transaction = server.serverTransaction(event);
    TransactionExt received = (TransactionExt) transaction;
    assertThat(received.getCipherSuite()).isEqualTo(CIPHER_SUITE);
    X509Certificate certificate = (X509Certificate) received.getLocalCertificates()[0];
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=scenario");
    transaction.sendResponse(server.response(event.getRequest(), Response.OK));
    assertThat(stage.client().nextStatus()).isEqualTo(Response.OK);
  }

  /** The policy of an application; the RI makes it by its name. */
  public static final class AskedPolicy implements TlsSecurityPolicy {

    static final BlockingQueue<ClientTransactionExt> ASKED = new LinkedBlockingQueue<>();

    @Override
    public void enforceTlsPolicy(ClientTransactionExt transaction) {
      ASKED.add(transaction);
    }
  }

  @Test
  void thePolicyOfTheApplicationIsAskedAboutAServer() throws Exception {
    AskedPolicy.ASKED.clear();
    ScenarioApplication client =
        stage.application("gov.nist.javax.sip.TLS_SECURITY_POLICY", AskedPolicy.class.getName());
    client.send(Request.OPTIONS, stage.server().port());
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
    assertThat(AskedPolicy.ASKED).isNotEmpty();
  }

  @Test
  void cipherSuitesThatTheApplicationSetsInItsCodeAreUsed() throws Exception {
    String other = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    ScenarioApplication server = stage.application();
    ((SipStackExt) server.stack()).setEnabledCipherSuites(new String[] {CIPHER_SUITE, other});
    ScenarioApplication client = stage.application();
    ((SipStackExt) client.stack()).setEnabledCipherSuites(new String[] {other});
    ClientTransactionExt sent = (ClientTransactionExt) client.send(Request.OPTIONS, server.port());
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
    assertThat(sent.getCipherSuite()).isEqualTo(other);
  }

  /** A policy that looks at the certificate of the server and does not like it. */
  public static final class RefusingPolicy implements TlsSecurityPolicy {

    static final BlockingQueue<List<String>> SEEN = new LinkedBlockingQueue<>();

    @Override
    public void enforceTlsPolicy(ClientTransactionExt transaction) {
      try {
        SEEN.add(transaction.extractCertIdentities());
      } catch (SSLPeerUnverifiedException e) {
        throw new IllegalStateException(e);
      }
      throw new SecurityException("not on my list");
    }
  }

  @Test
  void aServerThatThePolicyRefusesGetsNoRequest() throws Exception {
    RefusingPolicy.SEEN.clear();
    ScenarioApplication client =
        stage.application("gov.nist.javax.sip.TLS_SECURITY_POLICY", RefusingPolicy.class.getName());
    for (int i = 1; i <= 2; i++) {
      assertThatThrownBy(() -> client.send(Request.OPTIONS, stage.server().port()))
          .isInstanceOf(SipException.class)
          .hasStackTraceContaining("not on my list");
      assertThat(RefusingPolicy.SEEN).hasSizeGreaterThanOrEqualTo(i);
    }
    assertThat(stage.server().requests).isEmpty();
  }
}
