package net.conmgmt.sip.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.ClientTransactionExt;
import gov.nist.javax.sip.DialogExt;
import gov.nist.javax.sip.ListeningPointExt;
import gov.nist.javax.sip.ServerTransactionExt;
import gov.nist.javax.sip.SipProviderExt;
import gov.nist.javax.sip.SipStackExt;
import gov.nist.javax.sip.TransactionExt;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Each method of the RI's public extension interfaces is called by a scenario, or touches no
 * connection: one that a newer RI adds is noticed here.
 */
class PublicApiIsCompleteTest {

  private static final String PACKAGE = "gov/nist/javax/sip/";
  private static final Path SCENARIOS = Path.of("src/test/java/net/conmgmt/sip/scenarios");

  private static final List<Class<?>> INTERFACES =
      List.of(
          ClientTransactionExt.class,
          DialogExt.class,
          ListeningPointExt.class,
          ServerTransactionExt.class,
          SipProviderExt.class,
          SipStackExt.class,
          TransactionExt.class);

  /** Of addresses, header fields, messages and listeners, which know no connection. */
  private static final Set<String> OF_NO_CONNECTION =
      Set.of(
          "SipListenerExt",
          "UtilsExt",
          "address.RouterExt",
          "address.SipURIExt",
          "header.HeaderExt",
          "header.HeaderFactoryExt",
          "header.ParametersExt",
          "header.ViaHeaderExt",
          "message.MessageExt",
          "message.MessageFactoryExt",
          "message.RequestExt",
          "message.ResponseExt");

  /** They set or tell what a transaction, a dialog or the stack keeps in memory. */
  private static final Set<String> WITHOUT_CONNECTION =
      Set.of(
          "alertIfStillInCallingStateBy",
          "disableSequenceNumberValidation",
          "getDefaultDialog",
          "getDialogs",
          "getJoinDialog",
          "getOriginalDialog",
          "getReleaseReferencesStrategy",
          "getSecureAuthenticationHelper",
          "getTimerD",
          "getTimerT2",
          "getTimerT4",
          "isForked",
          "setAddressResolver",
          "setBackToBackUserAgent",
          "setDialogErrorsAutomaticallyHandled",
          "setEarlyDialogTimeoutSeconds",
          "setNotifyOnRetransmit",
          "setReleaseReferencesStrategy",
          "setTimerD",
          "setTimerT2",
          "setTimerT4");

  @Test
  void eachExtensionInterfaceOfTheRiIsLookedAt() throws Exception {
    Set<String> expected = new TreeSet<>(OF_NO_CONNECTION);
    INTERFACES.forEach(type -> expected.add(type.getSimpleName()));
    Set<String> found = new TreeSet<>();
    URI jar = SipStackExt.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    try (JarFile entries = new JarFile(Path.of(jar).toFile())) {
      for (String entry : entries.stream().map(JarEntry::getName).toList()) {
        if (entry.startsWith(PACKAGE) && entry.endsWith("Ext.class")) {
          String name = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
          if (Class.forName(name).isInterface()) {
            found.add(name.substring(PACKAGE.length()));
          }
        }
      }
    }
    assertThat(found).isEqualTo(expected);
  }

  private static String scenarios() throws Exception {
    StringBuilder sources = new StringBuilder();
    try (Stream<Path> files = Files.list(SCENARIOS)) {
      for (Path file : files.toList()) {
        sources.append(Files.readString(file));
      }
    }
    return sources.toString();
  }

  @Test
  void eachMethodThatTouchesAConnectionIsCalledByAScenario() throws Exception {
    String scenarios = scenarios();
    Set<String> notCalled = new TreeSet<>();
    for (Class<?> type : INTERFACES) {
      for (Method method : type.getDeclaredMethods()) {
        if (!Pattern.compile("(\\.|::)" + method.getName() + "\\b").matcher(scenarios).find()) {
          notCalled.add(method.getName());
        }
      }
    }
    assertThat(notCalled).containsExactlyInAnyOrderElementsOf(WITHOUT_CONNECTION);
  }
}
