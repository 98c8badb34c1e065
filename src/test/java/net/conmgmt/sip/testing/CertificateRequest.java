package net.conmgmt.sip.testing;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.X509ObjectIdentifiers;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A certificate in the making; without more it is valid now and names nothing but CN=x. */
public final class CertificateRequest {

  private final TestCertificates authority;
  private final KeyPair keys;
  private String subject = "CN=x";
  private String signature;
  private final List<GeneralName> names = new ArrayList<>();
  private Duration from = Duration.ofDays(-1);
  private Duration to = Duration.ofDays(1);
  private boolean isAuthority;
  private boolean selfSigned;
  private @Nullable KeyPurposeId onlyFor;
  private @Nullable Boolean intermediateSent;
  private @Nullable String crl;
  private @Nullable String ocsp;

  CertificateRequest(TestCertificates authority, KeyPair keys) {
    this.authority = authority;
    this.keys = keys;
    signature = authority.signature();
  }

  public CertificateRequest commonName(String name) {
    subject = "CN=" + name;
    return this;
  }

  /** Signs with another algorithm than that of the authority. */
  public CertificateRequest signedWith(String algorithm) {
    signature = algorithm;
    return this;
  }

  /** Adds alternative names, each {@code dns:}, {@code ip:} or {@code uri:}. */
  public CertificateRequest names(String... alternatives) {
    for (String alternative : alternatives) {
      String[] typeAndName = alternative.split(":", 2);
      int type =
          switch (typeAndName[0]) {
            case "dns" -> GeneralName.dNSName;
            case "ip" -> GeneralName.iPAddress;
            case "uri" -> GeneralName.uniformResourceIdentifier;
            case "mail" -> GeneralName.rfc822Name;
            default -> throw new IllegalArgumentException(alternative);
          };
      names.add(new GeneralName(type, typeAndName[1]));
    }
    return this;
  }

  /** Valid from and to these distances from now. */
  public CertificateRequest valid(Duration fromNow, Duration toNow) {
    from = fromNow;
    to = toNow;
    return this;
  }

  public CertificateRequest selfSigned() {
    selfSigned = true;
    return this;
  }

  /** Good for TLS clients and not for servers. */
  public CertificateRequest clientOnly() {
    onlyFor = KeyPurposeId.id_kp_clientAuth;
    return this;
  }

  /** Good for TLS servers and not for clients. */
  public CertificateRequest serverOnly() {
    onlyFor = KeyPurposeId.id_kp_serverAuth;
    return this;
  }

  /** Says that it is good for any use, as some authorities do. */
  public CertificateRequest forAnyUse() {
    onlyFor = KeyPurposeId.anyExtendedKeyUsage;
    return this;
  }

  /** Issued by an authority below the root, whose certificate is shown or not. */
  public CertificateRequest viaIntermediate(boolean sent) {
    intermediateSent = sent;
    return this;
  }

  /** Where its revocation list is. */
  public CertificateRequest crlAt(String url) {
    crl = url;
    return this;
  }

  /** Who answers whether it was revoked. */
  public CertificateRequest ocspAt(String url) {
    ocsp = url;
    return this;
  }

  CertificateRequest authority() {
    isAuthority = true;
    return this;
  }

  /** Makes it. */
  public TestIdentity make() throws Exception {
    if (selfSigned) {
      X509Certificate own = signed(subject, keys);
      return new TestIdentity(keys.getPrivate(), List.of(own));
    }
    if (intermediateSent == null) {
      X509Certificate own = signed(authority.rootName(), authority.keys());
      return new TestIdentity(keys.getPrivate(), List.of(own, authority.root()));
    }
    KeyPair middleKeys = TestCertificates.newKeys();
    String middleName = "CN=Intermediate of " + authority.rootName().substring("CN=".length());
    CertificateRequest middle =
        new CertificateRequest(authority, middleKeys)
            .authority()
            .commonName(middleName.substring(3));
    X509Certificate issuer = middle.signed(authority.rootName(), authority.keys());
    X509Certificate own = signed(middleName, middleKeys);
    return new TestIdentity(
        keys.getPrivate(), intermediateSent ? List.of(own, issuer) : List.of(own));
  }

  X509Certificate signed(String issuer, KeyPair issuerKeys) throws Exception {
    Instant now = Instant.now();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Principal(issuer),
            BigInteger.valueOf(TestCertificates.nextSerial()),
            Date.from(now.plus(from)),
            Date.from(now.plus(to)),
            new X500Principal(subject),
            keys.getPublic());
    if (isAuthority) {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    }
    if (!names.isEmpty()) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(new GeneralName[0])));
    }
    if (onlyFor != null) {
      builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(onlyFor));
    }
    if (crl != null) {
      builder.addExtension(
          Extension.cRLDistributionPoints,
          false,
          new CRLDistPoint(
              new DistributionPoint[] {
                new DistributionPoint(
                    new DistributionPointName(new GeneralNames(uri(crl))), null, null)
              }));
    }
    if (ocsp != null) {
      builder.addExtension(
          Extension.authorityInfoAccess,
          false,
          new AuthorityInformationAccess(X509ObjectIdentifiers.ocspAccessMethod, uri(ocsp)));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder(signature).build(issuerKeys.getPrivate())));
  }

  private static GeneralName uri(String url) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, url);
  }
}
