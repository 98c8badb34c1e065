package net.conmgmt.sip.internal.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.framing.FramingException;
import net.conmgmt.sip.internal.framing.StreamFramer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a received CR LF CR LF costs in the framer, from the buffer that the selector reads to. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class FramerBench {

  private static final byte[] KEEP_ALIVE = {'\r', '\n', '\r', '\n'};

  private final Counting sink = new Counting();
  private final StreamFramer framer = new StreamFramer(sink, 65_536, 1_048_576);
  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(KEEP_ALIVE.length).put(KEEP_ALIVE).flip();

  private static final class Counting implements StreamFramer.Sink {
    private int crlfs;

    @Override
    public void message(byte[] head, byte[] body) {
      throw new IllegalStateException("A keep-alive is no message");
    }

    @Override
    public void refused(byte[] head, String status, String why) {
      throw new IllegalStateException("A keep-alive is no message");
    }

    @Override
    public void crlf() {
      crlfs++;
    }
  }

  @Benchmark
  public int receiveKeepAlive() throws FramingException {
    framer.feed(bytes.rewind());
    return sink.crlfs;
  }
}
