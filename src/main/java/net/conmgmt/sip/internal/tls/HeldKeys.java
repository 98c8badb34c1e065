package net.conmgmt.sip.internal.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Holds each private key and chain once it has been asked for. The JDK's PKIX key manager names an
 * entry anew at each choice and so never finds it in its own cache: it would decrypt the key for
 * every handshake, which takes longer than the handshake. Bounded by the entries of the store, and
 * made anew when the file changes. Thread-safe.
 */
final class HeldKeys extends X509ExtendedKeyManager {

  private final X509ExtendedKeyManager store;
  private final Map<String, PrivateKey> keys = new ConcurrentHashMap<>();
  private final Map<String, X509Certificate[]> chains = new ConcurrentHashMap<>();

  HeldKeys(X509ExtendedKeyManager store) {
    this.store = store;
  }

  /** An alias is a running number, the number of the store and the name of the entry. */
  private static String entryOf(String alias) {
    return alias.substring(alias.indexOf('.') + 1);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    String entry = entryOf(alias);
    PrivateKey held = keys.get(entry);
    if (held == null) {
      held = store.getPrivateKey(alias);
      if (held != null) {
        keys.put(entry, held);
      }
    }
    return held;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    String entry = entryOf(alias);
    X509Certificate[] held = chains.get(entry);
    if (held == null) {
      held = store.getCertificateChain(alias);
      if (held == null) {
        return null;
      }
      chains.put(entry, held);
    }
    return held.clone();
  }

  @Override
  public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
    return store.getClientAliases(type, issuers);
  }

  @Override
  public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
    return store.getServerAliases(type, issuers);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return store.chooseClientAlias(types, issuers, socket);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return store.chooseServerAlias(type, issuers, socket);
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return store.chooseEngineClientAlias(types, issuers, engine);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return store.chooseEngineServerAlias(type, issuers, engine);
  }
}
