package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.config.ResolvConfResolverConfigProvider;
import org.xbill.DNS.config.ResolverConfigProvider;

/** Which DNS servers the system names. */
class DnsServersTest {

  private final List<ResolverConfigProvider> before =
      List.copyOf(ResolverConfig.getConfigProviders());

  @AfterEach
  void restore() {
    ResolverConfig.setConfigProviders(before);
  }

  /** A resolv.conf of that content. */
  private static final class ResolvConf extends ResolvConfResolverConfigProvider {
    private final String content;

    ResolvConf(String content) {
      this.content = content;
    }

    @Override
    public void initialize() {
      try {
        parseResolvConf(new ByteArrayInputStream(content.getBytes(StandardCharsets.US_ASCII)));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public boolean isEnabled() {
      return true;
    }
  }

  @Test
  void theServersOfTheSystemAreThoseOfItsFile() {
    ResolverConfig.setConfigProviders(
        List.of(new ResolvConf("# by hand\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n")));
    assertThat(DnsServers.ofSystem())
        .containsExactly(
            new InetSocketAddress(Objects.requireNonNull(AddressOfRecord.parseIp("192.0.2.1")), 53),
            new InetSocketAddress(
                Objects.requireNonNull(AddressOfRecord.parseIp("2001:db8::1")), 53));
  }

  @Test
  void aFileThatDnsjavaCannotReadNamesNone() {
    ResolverConfig.setConfigProviders(List.of(new ResolvConf("nameserver \n")));
    assertThat(DnsServers.ofSystem()).isEmpty();
  }
}
