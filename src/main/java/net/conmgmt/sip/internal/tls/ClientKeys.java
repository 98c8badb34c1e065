package net.conmgmt.sip.internal.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509KeyManager;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The own certificates as the side that opens a connection shows them: only those that are good for
 * a client. A server that asks for a certificate without insisting on it would refuse another one,
 * and takes a client that shows none. Also notes in the session that the server asked. Thread-safe.
 */
public final class ClientKeys extends X509ExtendedKeyManager {

  private static final Logger LOG = LogManager.getLogger(ClientKeys.class);
  private static final String ASKED = ClientKeys.class.getName() + ".asked";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_USAGE = "2.5.29.37.0";

  private final @Nullable X509KeyManager store;

  private ClientKeys(@Nullable X509KeyManager store) {
    this.store = store;
  }

  /** In place of {@code managers}, of which TLS uses the first that knows certificates. */
  public static KeyManager[] of(KeyManager @Nullable [] managers) {
    for (KeyManager manager : managers == null ? new KeyManager[0] : managers) {
      if (manager instanceof X509KeyManager x509) {
        return new KeyManager[] {new ClientKeys(x509)};
      }
    }
    return new KeyManager[] {new ClientKeys(null)};
  }

  /** Whether the server of that session asked for a certificate, as far as this side was asked. */
  public static boolean wasAsked(SSLSession session) {
    return session.getValue(ASKED) != null;
  }

  /** The subjects of own certificates that are not shown, as they are for servers only. */
  public static List<String> notShown(KeyManager @Nullable [] managers) {
    List<String> subjects = new ArrayList<>();
    for (KeyManager manager : managers == null ? new KeyManager[0] : managers) {
      if (manager instanceof X509KeyManager x509) {
        ClientKeys keys = new ClientKeys(x509);
        for (String type : TlsIdentity.KEY_TYPES) {
          for (String alias : orNone(x509.getClientAliases(type, null))) {
            X509Certificate[] chain = x509.getCertificateChain(alias);
            if (chain != null && chain.length > 0 && !keys.isForClients(alias)) {
              subjects.add(String.valueOf(chain[0].getSubjectX500Principal()));
            }
          }
        }
      }
    }
    return subjects.stream().distinct().toList();
  }

  private static String[] orNone(String @Nullable [] aliases) {
    return aliases == null ? new String[0] : aliases;
  }

  private boolean isForClients(String alias) {
    X509Certificate[] chain = getCertificateChain(alias);
    if (chain == null || chain.length == 0) {
      return false;
    }
    try {
      List<String> usages = chain[0].getExtendedKeyUsage();
      return usages == null || usages.contains(CLIENT_AUTH) || usages.contains(ANY_USAGE);
    } catch (CertificateParsingException e) {
      LOG.debug("The usages of {} cannot be read", chain[0].getSubjectX500Principal(), e);
      return false;
    }
  }

  private @Nullable String fitting(
      @Nullable String first, String[] types, Principal @Nullable [] issuers) {
    if (first == null || isForClients(first)) {
      return first;
    }
    for (String type : types) {
      for (String alias : orNone(getClientAliases(type, issuers))) {
        if (isForClients(alias)) {
          return alias;
        }
      }
    }
    return null;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    SSLSession session = engine == null ? null : engine.getHandshakeSession();
    if (session != null) {
      session.putValue(ASKED, true);
    }
    String first =
        store instanceof X509ExtendedKeyManager extended
            ? extended.chooseEngineClientAlias(types, issuers, engine)
            : store == null ? null : store.chooseClientAlias(types, issuers, null);
    return fitting(first, types, issuers);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return store == null
        ? null
        : fitting(store.chooseClientAlias(types, issuers, socket), types, issuers);
  }

  @Override
  public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
    return store == null ? null : store.getClientAliases(type, issuers);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return store == null ? null : store.getCertificateChain(alias);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return store == null ? null : store.getPrivateKey(alias);
  }

  @Override
  public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return null;
  }
}
