package net.conmgmt.sip.internal.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

class LineEndsTest {

  private static String kept(String head) {
    byte[] bytes = head.getBytes(ISO_8859_1);
    LineEnds.keepControls(bytes);
    return new String(bytes, ISO_8859_1);
  }

  @Test
  @Requirement("HDR-5")
  void aControlCharacterAtTheEndOfAnMsKeepAliveLineStaysVisible() {
    assertThat(kept("OPTIONS x SIP/2.0\r\nMS-Keep-Alive: UAC\0\7 \t\r\nA: b\r\n\r\n"))
        .isEqualTo("OPTIONS x SIP/2.0\r\nMS-Keep-Alive: UAC\u007f\u007f \t\r\nA: b\r\n\r\n");
  }

  @Test
  @Requirement("HDR-1")
  void aFoldedLineIsLookedAtPartByPart() {
    assertThat(kept("O\nms-keep-alive:\n UAC\1\n\t;x=1\2\n\n"))
        .isEqualTo("O\nms-keep-alive:\n UAC\u007f\n\t;x=1\u007f\n\n");
  }

  @Test
  void otherHeaderFieldsStayAsTheyCame() {
    String head = "O\r\nSubject: x\0\r\n y\1\r\nMs-Keep-Aliv: z\2\r\n\r\n";
    assertThat(kept(head)).isEqualTo(head);
  }

  @Test
  void onlyAControlCharacterBeforeTheLineBreakIsOne() {
    assertThat(LineEnds.isControlBefore("a\0\r\n".getBytes(ISO_8859_1), 4)).isTrue();
    assertThat(LineEnds.isControlBefore("a\0 \n".getBytes(ISO_8859_1), 4)).isTrue();
    for (String line : new String[] {"\n", "\r\n", " \r\n", "a\r\n", "\u00e9\r\n", "a\u007f\n"}) {
      byte[] bytes = line.getBytes(ISO_8859_1);
      assertThat(LineEnds.isControlBefore(bytes, bytes.length)).as(line).isFalse();
    }
  }
}
