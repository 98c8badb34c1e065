package net.conmgmt.sip.internal.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads certificates and an unencrypted PKCS#8 key from PEM text (RFC 7468). Other kinds of keys
 * are refused with the command that converts them. Immutable.
 */
final class PemFile {

  private static final String BEGIN = "-----BEGIN ";
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final byte[] PROBE = {'p', 'r', 'o', 'b', 'e'};

  private final Path file;
  private final List<X509Certificate> certificates = new ArrayList<>();
  private final List<byte[]> keys = new ArrayList<>();

  /**
   * Reads PEM text.
   *
   * @throws IOException naming the file, what is wrong in it and what was expected
   */
  PemFile(Path file, byte[] content) throws IOException {
    this.file = file;
    Matcher block = BLOCK.matcher(new String(content, StandardCharsets.ISO_8859_1));
    while (block.find()) {
      String label = block.group(1);
      switch (label) {
        case "CERTIFICATE", "X509 CERTIFICATE" ->
            certificates.add(certificate(decoded(label, block.group(2))));
        case "PRIVATE KEY" -> keys.add(decoded(label, block.group(2)));
        case "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY" ->
            throw fault(
                "expected an unencrypted PKCS#8 key (BEGIN PRIVATE KEY), found BEGIN "
                    + label
                    + "; convert it with: openssl pkcs8 -topk8 -nocrypt -in <this file> -out <new"
                    + " file>");
        default -> {
          // Parameters, requests and the like stand beside keys in many files and say nothing here.
        }
      }
    }
  }

  /** Whether a file's content is PEM; what stands before the first block does not matter. */
  static boolean isPem(byte[] content) {
    return new String(content, StandardCharsets.ISO_8859_1).contains(BEGIN);
  }

  List<X509Certificate> certificates() {
    return certificates;
  }

  /**
   * The one private key here, which must belong to {@code owner}.
   *
   * @throws IOException when there is none, several, or one of somebody else
   */
  PrivateKey keyOf(X509Certificate owner) throws IOException {
    if (keys.size() != 1) {
      throw fault("expected one private key (BEGIN PRIVATE KEY), found " + keys.size());
    }
    String algorithm = owner.getPublicKey().getAlgorithm();
    try {
      PrivateKey key =
          KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(keys.get(0)));
      if (!belongsTo(owner, key)) {
        throw fault(
            "expected the private key of "
                + owner.getSubjectX500Principal()
                + ", the first certificate; found that of another one");
      }
      return key;
    } catch (GeneralSecurityException e) {
      throw fault(
          "expected an " + algorithm + " key as that of the first certificate, found: " + e, e);
    }
  }

  /** Half of a renewed pair must not be taken for a pair. */
  private static boolean belongsTo(X509Certificate owner, PrivateKey key)
      throws GeneralSecurityException {
    String signing =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA" -> "EdDSA";
          default -> "";
        };
    if (signing.isEmpty()) {
      return true;
    }
    Signature signature = Signature.getInstance(signing);
    signature.initSign(key);
    signature.update(PROBE);
    byte[] signed = signature.sign();
    signature.initVerify(owner.getPublicKey());
    signature.update(PROBE);
    return signature.verify(signed);
  }

  private X509Certificate certificate(byte[] der) throws IOException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw fault("expected certificates, found one that cannot be read: " + e.getMessage(), e);
    }
  }

  private byte[] decoded(String label, String base64) throws IOException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw fault("expected Base64 after BEGIN " + label + ", found: " + e.getMessage(), e);
    }
  }

  private IOException fault(String text) {
    return fault(text, null);
  }

  private IOException fault(String text, @Nullable Exception cause) {
    return new IOException("PEM file " + file + ": " + text, cause);
  }
}
