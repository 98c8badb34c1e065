package net.conmgmt.sip.internal.header;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.ListMap;
import gov.nist.javax.sip.parser.ParserFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.conmgmt.sip.header.MsKeepAliveParser;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MsKeepAliveParserTest {

  private static final String[] PIECES = {
    "UAC",
    "UAS",
    "uac",
    ";",
    ",",
    "=",
    " ",
    "\t",
    "\"",
    "\\",
    "hop-hop",
    "timeout",
    "tcp",
    "yes",
    "no",
    "300",
    "99999999999999999999",
    "x",
    "[",
    "]",
    "::1",
    "\u0000",
    "\u007f",
    "é",
    "\r\n ",
    "hop-hop=yes",
    ";timeout=300",
    "\"a,b\"",
    "\ud800",
    "<",
    "%"
  };

  @BeforeAll
  static void register() {
    MsKeepAliveHeaderRegistration.ensureRegistered();
  }

  @Test
  @Requirement("HDR-8")
  void whatIsWrongWithAHeaderIsSaidWithItsTextBoundedAndEscaped() throws Exception {
    String value = "UAC;x=\u001b[31m\\" + "a".repeat(800) + ", bogus, bogus";
    assertThat(MsKeepAliveHeaders.faultIn(Messages.register("Ms-Keep-Alive: " + value)))
        .contains("'UAC;x=\\u001b[31m\\\\aaaa")
        .contains("characters)")
        .contains("expected a token, host or quoted string after '='")
        .hasSizeLessThan(500)
        .matches("[ -~]*");
  }

  @Test
  void nothingIsWrongWithAValidHeader() throws Exception {
    assertThat(
            MsKeepAliveHeaders.faultIn(
                Messages.register(
                    "Ms-Keep-Alive: UAC;tcp=yes;hop-hop=yes;timeout=0;x=\"\\\\\", UAS")))
        .isNull();
  }

  @Test
  @Requirement("HDR-8")
  void noTextWhateverMakesTheParserThrowOrMeanSomethingElseWhenSentOn() {
    Random random = new Random(20_240_611);
    int valid = 0;
    for (int i = 0; i < 50_000; i++) {
      MsKeepAliveList list = new MsKeepAliveList();
      list.addAll(MsKeepAliveReader.read(randomText(random), 0));

      List<MsKeepAlive> again = new ArrayList<>();
      for (String line : list.encode().split("\r\n", -1)) {
        if (!line.isEmpty()) {
          again.addAll(MsKeepAliveReader.read(line, line.indexOf(':') + 1));
        }
      }
      assertThat(again).isEqualTo(list);
      assertThat(again.stream().map(MsKeepAlive::getValue))
          .isEqualTo(list.stream().map(MsKeepAlive::getValue).toList());
      valid += (int) list.stream().filter(MsKeepAlive::isValid).count();
    }
    assertThat(valid).as("the texts are not all nonsense").isGreaterThan(1_000);
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder(random.nextBoolean() ? " UAC" : "");
    int pieces = random.nextInt(random.nextInt(50) == 0 ? 300 : 12);
    for (int i = 0; i < pieces; i++) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  @Test
  void aLineWithoutAColonOrValueIsMalformed() throws Exception {
    for (String line : new String[] {"", ":", "Ms-Keep-Alive", "Ms-Keep-Alive:\n"}) {
      assertThat((MsKeepAliveList) new MsKeepAliveParser(line).parse())
          .hasSize(1)
          .noneMatch(MsKeepAlive::isValid);
    }
  }

  @Test
  @Requirement("HDR-9")
  void registeringTwiceAndAtTheSameTimeIsHarmless() throws Exception {
    List<Callable<Object>> calls = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      calls.add(
          () -> {
            MsKeepAliveHeaderRegistration.ensureRegistered();
            return ParserFactory.createParser("MS-keep-alive: UAC\n").parse();
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<Object> parsed : threads.invokeAll(calls)) {
        assertThat(parsed.get()).isInstanceOf(MsKeepAliveList.class);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(ListMap.getListClass(MsKeepAlive.class)).isEqualTo(MsKeepAliveList.class);
  }
}
