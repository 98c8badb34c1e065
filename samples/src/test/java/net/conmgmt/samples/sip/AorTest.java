package net.conmgmt.samples.sip;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.Endpoint;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AorTest {

  /** Otherwise another proxy would not find the user in the directory that they share. */
  @ParameterizedTest
  @CsvSource({
    "alice, alice",
    "%61lice, alice",
    "%23100, #100",
    "j%c3%bcrgen, j\u00fcrgen",
    "a%40b, a@b",
  })
  void aUserIsSpelledAsTheLibraryDoesAndNamedWithoutEscapes(String spelled, String name)
      throws Exception {
    String uri = "sip:" + spelled + "@Contoso.Test.:5060;transport=tcp";
    String aor = Aor.of(new Sip().addresses.createURI(uri));
    assertThat(aor).isEqualTo(new Endpoint(uri, "").addressOfRecord());
    assertThat(Aor.userName(String.valueOf(aor))).isEqualTo(name);
  }
}
