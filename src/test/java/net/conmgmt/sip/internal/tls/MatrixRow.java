package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import net.conmgmt.sip.testing.CertificateRequest;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TlsPeer;

/** A row of {@code tls-matrix.txt}, with the names put in. */
record MatrixRow(String name, String server, String result) {

  static List<MatrixRow> all() throws IOException {
    return Files.readAllLines(Path.of("src/test/resources/tls-matrix.txt")).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#") && !line.startsWith("row "))
        .map(MatrixRow::parse)
        .toList();
  }

  private static MatrixRow parse(String line) {
    String[] cells = line.split("\\|", -1);
    String name = cells[0].trim();
    return new MatrixRow(name, filled(cells[1], name), filled(cells[2], name));
  }

  private static String filled(String cell, String name) {
    return cell.trim()
        .replace("{proxy}", "proxy." + name + ".test")
        .replace("{domain}", name + ".test");
  }

  String domain() {
    return name + ".test";
  }

  String proxy() {
    return "proxy." + domain();
  }

  boolean connects() {
    return result.equals("connected");
  }

  /** Makes {@code peer} the server of this row. */
  void arrange(TlsPeer peer, TestCertificates trusted, TestCertificates unknown) throws Exception {
    switch (server) {
      case "speaks TLS 1.0" ->
          peer.behave(
              raw -> {
                byte[] hello = readRecord(raw.getInputStream());
                raw.getOutputStream().write(serverHelloOfTls10(hello));
                return null;
              });
      case "speaks plain SIP" ->
          peer.behave(
              raw -> {
                byte[] answer =
                    "SIP/2.0 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
                raw.getOutputStream().write(answer);
                return null;
              });
      case "hangs up" ->
          peer.behave(
              raw -> {
                readRecord(raw.getInputStream());
                raw.shutdownOutput();
                return null;
              });
      case "resets the connection" ->
          peer.behave(
              raw -> {
                readRecord(raw.getInputStream());
                raw.setSoLinger(true, 0);
                raw.close();
                return null;
              });
      case "says nothing" -> peer.behave(raw -> null);
      default -> peer.show(request(trusted, unknown).make());
    }
  }

  /** What is in the next TLS record. */
  private static byte[] readRecord(InputStream in) throws IOException {
    byte[] header = in.readNBytes(5);
    return in.readNBytes(Byte.toUnsignedInt(header[3]) << 8 | Byte.toUnsignedInt(header[4]));
  }

  /** A record with a ServerHello of version 3.1, that is TLS 1.0, and the client's first suite. */
  private static byte[] serverHelloOfTls10(byte[] clientHello) {
    // Type and length, version, random; then the session id with its length, then the suites.
    int sessionId = 4 + 2 + 32;
    int suites = sessionId + 1 + Byte.toUnsignedInt(clientHello[sessionId]) + 2;
    return ByteBuffer.allocate(47)
        .put(new byte[] {22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1})
        .put(new byte[32])
        .put(new byte[] {0, clientHello[suites], clientHello[suites + 1], 0})
        .array();
  }

  private CertificateRequest request(TestCertificates trusted, TestCertificates unknown)
      throws Exception {
    List<String> words = List.of(server.split(" ", -1));
    CertificateRequest request = (words.contains("unknown-root") ? unknown : trusted).issue();
    for (String word : words) {
      switch (word) {
        case "unknown-root" -> {
          // Chosen above.
        }
        case "expired" -> request.valid(Duration.ofDays(-2), Duration.ofDays(-1));
        case "not-yet-valid" -> request.valid(Duration.ofHours(1), Duration.ofDays(1));
        case "for-clients-only" -> request.clientOnly();
        case "self-signed" -> request.selfSigned();
        case "intermediate-sent" -> request.viaIntermediate(true);
        case "intermediate-unsent" -> request.viaIntermediate(false);
        default -> {
          if (word.startsWith("cn:")) {
            request.commonName(word.substring(3));
          } else {
            request.names(word);
          }
        }
      }
    }
    return request;
  }

  @Override
  public String toString() {
    return name;
  }
}
