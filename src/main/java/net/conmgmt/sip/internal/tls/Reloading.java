package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Something made of files, made again when they have changed: time, size or identity, looked at no
 * more than once a second. If what is there then cannot be used, the last good one stays, which is
 * logged once for each change. Thread-safe.
 */
public final class Reloading<T> {

  /** Makes the thing. */
  public interface Reader<T> {
    /** Reads the files. */
    T read() throws IOException, GeneralSecurityException;
  }

  private static final Logger LOG = LogManager.getLogger(Reloading.class);
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final List<Path> files;
  private final Reader<T> reader;
  private final Scheduler clock;
  private T current;
  private List<String> seen;
  private long lookedAtNanos;

  /** Reads the files for the first time; here a failure is thrown. */
  public Reloading(List<Path> files, Reader<T> reader, Scheduler clock)
      throws IOException, GeneralSecurityException {
    this.files = List.copyOf(files);
    this.reader = reader;
    this.clock = clock;
    // Before reading: a change meanwhile is seen the next time.
    seen = look();
    lookedAtNanos = clock.nanoTime();
    current = reader.read();
  }

  /** The newest good one. */
  public synchronized T current() {
    long now = clock.nanoTime();
    if (now - lookedAtNanos >= PAUSE_NANOS) {
      lookedAtNanos = now;
      List<String> found = look();
      if (!found.equals(seen)) {
        seen = found;
        readAgain();
      }
    }
    return current;
  }

  private void readAgain() {
    try {
      current = reader.read();
      LOG.info("Certificates and keys were read again: {}", files);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      LOG.error(
          "The changed certificates or keys cannot be used, so the former ones stay: {}",
          e.getMessage());
      LOG.debug("They are in {}", files, e);
    }
  }

  private List<String> look() {
    return files.stream().map(Reloading::look).toList();
  }

  private static String look(Path file) {
    try {
      BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
      return is.lastModifiedTime() + " " + is.size() + " " + is.fileKey();
    } catch (IOException e) {
      return e.toString();
    }
  }
}
