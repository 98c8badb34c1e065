package net.conmgmt.sip.internal.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.security.CodeSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Checks that dnsjava is present and recent enough. An application may have left it out, or may
 * have an older version for another purpose; that is better reported at the start than after the
 * first request has timed out. Stateless.
 */
final class DnsJava {

  private static final String NEEDED = "dnsjava:dnsjava:3.6.0 or newer, with org.slf4j:slf4j-api";

  private DnsJava() {}

  /**
   * Makes a query and reads an answer, without any network.
   *
   * @throws IllegalStateException saying what is needed, what was found and what is missing in it
   */
  static void require() {
    try {
      Trial.run();
    } catch (LinkageError | IOException | RuntimeException e) {
      throw new IllegalStateException(
          "Discovery of the outbound proxy needs "
              + NEEDED
              + " on the class path; found "
              + found()
              + ", which fails with "
              + e,
          e);
    }
  }

  private static String found() {
    try {
      Class<?> message =
          Class.forName("org.xbill.DNS.Message", false, DnsJava.class.getClassLoader());
      CodeSource source = message.getProtectionDomain().getCodeSource();
      return source == null ? "a dnsjava of unknown origin" : String.valueOf(source.getLocation());
    } catch (ClassNotFoundException | LinkageError e) {
      return "none";
    }
  }

  /** A class of its own, as its own linking may be what fails. */
  private static final class Trial {

    static void run() throws IOException {
      Name name = DnsNames.absolute("_sip._tls.contoso.test");
      Message query = Message.newQuery(Record.newRecord(name, Type.SRV, DClass.IN));
      query.addRecord(new OPTRecord(512, 0, 0), Section.ADDITIONAL);
      Message answer = new Message(query.toWire());
      answer.getHeader().setFlag(Flags.QR);
      answer.addRecord(new SRVRecord(name, DClass.IN, 1, 0, 0, 5061, name), Section.ANSWER);
      answer.addRecord(
          new ARecord(name, DClass.IN, 1, InetAddress.getLoopbackAddress()), Section.ADDITIONAL);
      Message read = DnsMessages.answerTo(query, answer.toWire());
      if (read == null
          || query.getOPT() == null
          || read.getHeader().getFlag(Flags.TC)
          || DnsMessages.read(read, name, Type.SRV).records().size() != 1
          || !DnsNames.hostOf(name).equals("_sip._tls.contoso.test")) {
        throw new IOException("an SRV record that dnsjava had written could not be read back");
      }
    }
  }
}
