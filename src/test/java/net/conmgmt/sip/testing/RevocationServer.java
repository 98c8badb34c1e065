package net.conmgmt.sip.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.Req;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The revocation list and the OCSP responder of an authority, over HTTP on loopback. */
public final class RevocationServer implements AutoCloseable {

  private final TestCertificates authority;
  private final HttpServer http;
  private final Set<BigInteger> revoked = ConcurrentHashMap.newKeySet();
  private final List<String> questions = new CopyOnWriteArrayList<>();

  /** Serves on a port that the system chooses. */
  public RevocationServer(TestCertificates authority) throws IOException {
    this.authority = authority;
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/crl", exchange -> answer(exchange, "application/pkix-crl", this::crl));
    http.createContext(
        "/ocsp", exchange -> answer(exchange, "application/ocsp-response", () -> ocsp(exchange)));
    http.start();
  }

  /** Where the list is; each caller has its own address, so that no cache answers. */
  public String crlUrl(String who) {
    return base() + "crl/" + who;
  }

  public String ocspUrl() {
    return base() + "ocsp";
  }

  /** An address where nothing is to be had. */
  public String brokenUrl() {
    return base() + "nothing";
  }

  private String base() {
    return "http://127.0.0.1:" + http.getAddress().getPort() + "/";
  }

  public void revoke(X509Certificate certificate) {
    revoked.add(certificate.getSerialNumber());
  }

  /** The paths that were asked for, in order. */
  public List<String> questions() {
    return List.copyOf(questions);
  }

  private interface Answer {
    byte[] bytes() throws Exception;
  }

  private void answer(HttpExchange exchange, String type, Answer answer) throws IOException {
    questions.add(exchange.getRequestURI().getPath().split("/", 3)[1]);
    try (exchange) {
      byte[] bytes = answer.bytes();
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (Exception e) {
      throw new IOException("Answering " + exchange.getRequestURI() + " failed", e);
    }
  }

  private ContentSigner signer() throws Exception {
    return new JcaContentSignerBuilder("SHA256withECDSA").build(authority.keys().getPrivate());
  }

  private byte[] crl() throws Exception {
    Instant now = Instant.now();
    JcaX509v2CRLBuilder builder =
        new JcaX509v2CRLBuilder(authority.root(), Date.from(now.minus(Duration.ofMinutes(1))));
    builder.setNextUpdate(Date.from(now.plus(Duration.ofHours(1))));
    for (BigInteger serial : revoked) {
      builder.addCRLEntry(
          serial, Date.from(now.minus(Duration.ofHours(1))), CRLReason.keyCompromise);
    }
    return builder.build(signer()).getEncoded();
  }

  private byte[] ocsp(HttpExchange exchange) throws Exception {
    byte[] asked = exchange.getRequestBody().readAllBytes();
    if (exchange.getRequestMethod().equals("GET")) {
      String path = exchange.getRequestURI().getPath();
      asked = Base64.getDecoder().decode(path.substring("/ocsp/".length()));
    }
    OCSPReq request = new OCSPReq(asked);
    X509CertificateHolder root = new X509CertificateHolder(authority.root().getEncoded());
    BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(new RespID(root.getSubject()));
    Instant now = Instant.now();
    for (Req question : request.getRequestList()) {
      CertificateStatus status =
          revoked.contains(question.getCertID().getSerialNumber())
              ? new RevokedStatus(
                  Date.from(now.minus(Duration.ofHours(1))), CRLReason.keyCompromise)
              : CertificateStatus.GOOD;
      builder.addResponse(
          question.getCertID(),
          status,
          Date.from(now.minus(Duration.ofMinutes(1))),
          Date.from(now.plus(Duration.ofHours(1))));
    }
    Extension nonce = request.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
    if (nonce != null) {
      builder.setResponseExtensions(new Extensions(nonce));
    }
    return new OCSPRespBuilder()
        .build(
            OCSPRespBuilder.SUCCESSFUL,
            builder.build(signer(), new X509CertificateHolder[0], Date.from(now)))
        .getEncoded();
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
