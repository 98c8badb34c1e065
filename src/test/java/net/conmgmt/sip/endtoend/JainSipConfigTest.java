package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.SipProviderImpl;
import java.io.FileInputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Kind;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.AbstractConfiguration;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.xml.XmlConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of jain-sip-config, as they are. */
class JainSipConfigTest {

  private static final Path FOLDER = Path.of("jain-sip-config");

  private static Properties load(String file) throws Exception {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(FOLDER.resolve(file))) {
      properties.load(reader);
    }
    return properties;
  }

  @Test
  void stacksThatAreStartedFromTheFilesNegotiateWithoutAWarning() throws Exception {
    EventRecorder events = new EventRecorder();
    int port = Stacks.freePort();
    try (CapturedLog log = new CapturedLog(ConnectionManagementProperties.class, Level.WARN);
        PlainApplication proxy = new PlainApplication(load("proxy.properties"), "127.0.0.1", port);
        PlainApplication client =
            new PlainApplication(load("uac.properties"), "127.0.0.1", Stacks.freePort())) {
      ConnectionManagement.of(proxy.stack()).addListener(events);
      client.sendAlong(Request.REGISTER, "127.0.0.1", port);
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      events.await("negotiated PROXY 300 332");
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void aClientThatMakesCallsKeepsItsDialogsWithTheFile() throws Exception {
    try (PlainApplication client =
        new PlainApplication(load("uac.properties"), "127.0.0.1", Stacks.freePort())) {
      SipProviderImpl provider = (SipProviderImpl) client.stack().getSipProviders().next();
      assertThat(provider.isAutomaticDialogSupportEnabled()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"proxy.properties", "uac.properties"})
  void everyPropertySaysItsEffectItsUnitAndItsDefault(String file) throws Exception {
    List<String> comment = new ArrayList<>();
    int properties = 0;
    for (String line : Files.readAllLines(FOLDER.resolve(file))) {
      if (line.startsWith("#")) {
        comment.add(line);
      } else if (line.isEmpty()) {
        comment.clear();
      } else {
        properties++;
        assertThat(comment).as(line).hasSizeGreaterThanOrEqualTo(2);
        String last = comment.get(comment.size() - 1);
        assertThat(last).as(line).matches("# Unit: .+\\. Default: .+\\.");
        checkOurs(line, last.substring(last.indexOf("Default: ") + 9, last.length() - 1));
        comment.clear();
      }
    }
    assertThat(properties).isGreaterThan(15);
  }

  private static void checkOurs(String line, String said) {
    String[] parts = line.split("=", 2);
    String name = parts[0].trim();
    if (name.startsWith(ConnectionManagementProperties.PREFIX)) {
      Key key = Key.valueOf(name.substring(ConnectionManagementProperties.PREFIX.length()));
      int here = said.indexOf("; here ");
      if (here >= 0) {
        assertThat(said.substring(here + "; here ".length())).as(line).isEqualTo(parts[1].trim());
        return;
      }
      assertThat(parts[1].trim()).as(line).isEqualTo(key.defaultValue());
      assertThat(said).as(line).isEqualTo(parts[1].isBlank() ? "empty" : parts[1].trim());
    }
  }

  @ParameterizedTest
  @CsvSource({"proxy.properties, Client:, proxy", "uac.properties, Proxy:, client"})
  @Requirement("OBP-7")
  void eachFileNamesItsRoleAndEveryTimerOfIt(String file, String others, String role)
      throws Exception {
    Properties properties = load(file);
    String table = Files.readString(Path.of("src/site/markdown/properties.md"));

    assertThat(properties.getProperty(Key.ROLE.propertyName())).isEqualTo(role);
    for (Key key : Key.values()) {
      String row = table.lines().filter(l -> l.startsWith("| `" + key + "`")).findFirst().get();
      if (key.kind() == Kind.SECONDS && !row.contains("| " + others)) {
        assertThat(properties).containsKey(key.propertyName());
      }
    }
  }

  @Test
  void theLoggingIsQuietUntilItIsAskedForMore() throws Exception {
    LoggerContext context = new LoggerContext("jain-sip-config");
    try (FileInputStream in = new FileInputStream(FOLDER.resolve("log4j2.xml").toFile())) {
      AbstractConfiguration configuration =
          new XmlConfiguration(context, new ConfigurationSource(in));
      configuration.initialize();
      assertThat(configuration.getRootLogger().getLevel()).isEqualTo(Level.WARN);
      assertThat(configuration.getRootLogger().getAppenders()).containsKey("stderr");
      assertThat(configuration.getLoggerConfig("gov.nist.javax.sip").getLevel())
          .isEqualTo(Level.FATAL);
      assertThat(configuration.getLoggerConfig("net.conmgmt.sip.messages").getLevel().name())
          .isEqualTo("WARN");
    } finally {
      context.stop();
    }
  }
}
