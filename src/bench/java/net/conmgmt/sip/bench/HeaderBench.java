package net.conmgmt.sip.bench;

import gov.nist.javax.sip.header.SIPHeader;
import gov.nist.javax.sip.parser.extensions.SessionExpiresParser;
import java.text.ParseException;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.header.MsKeepAliveHeaderFactory;
import net.conmgmt.sip.header.MsKeepAliveParser;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Parsing and encoding, each as the RI does it for every message, beside Session-Expires. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = "-Xbatch") // Compiled code even where the compiler gets little time.
@Warmup(iterations = 2, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
public class HeaderBench {

  // Not final: a constant would be computed at compile time.
  private String offerLine = "ms-keep-alive: UAC;hop-hop=yes\n";
  private String answerLine = "ms-keep-alive: UAS;hop-hop=yes;timeout=300\n";
  private String sessionExpiresLine = "Session-Expires: 300;refresher=uas\n";

  private final StringBuilder buffer = new StringBuilder(256);
  private final SIPHeader answer;
  private final SIPHeader sessionExpires;

  public HeaderBench() {
    try {
      answer = (SIPHeader) MsKeepAliveHeaderFactory.answer(300);
      sessionExpires = new SessionExpiresParser(sessionExpiresLine).parse();
    } catch (ParseException e) {
      throw new IllegalStateException(e);
    }
  }

  @Benchmark
  public Object parseOffer() throws ParseException {
    return new MsKeepAliveParser(offerLine).parse();
  }

  @Benchmark
  public Object parseAnswer() throws ParseException {
    return new MsKeepAliveParser(answerLine).parse();
  }

  @Benchmark
  public Object parseSessionExpires() throws ParseException {
    return new SessionExpiresParser(sessionExpiresLine).parse();
  }

  @Benchmark
  public Object encodeAnswer() {
    return answer.encode();
  }

  @Benchmark
  public Object encodeSessionExpires() {
    return sessionExpires.encode();
  }

  @Benchmark
  public Object appendAnswer() {
    buffer.setLength(0);
    return answer.encode(buffer);
  }

  @Benchmark
  public Object appendSessionExpires() {
    buffer.setLength(0);
    return sessionExpires.encode(buffer);
  }
}
