package net.conmgmt.samples.sip;

import org.jspecify.annotations.Nullable;

/** Failures in words. */
public final class Failures {

  private Failures() {}

  /** The messages of a failure and its causes, the useless ones left out. */
  public static String explanation(@Nullable Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (Throwable t = failure; t != null; t = t.getCause()) {
      String message = t.getMessage();
      Throwable cause = t.getCause();
      boolean wraps = message != null && cause != null && message.equals(cause.toString());
      if (message != null && !wraps && text.indexOf(message) < 0) {
        text.append(text.isEmpty() ? "" : ": ").append(message);
      }
    }
    return text.isEmpty() ? String.valueOf(failure) : text.toString();
  }
}
