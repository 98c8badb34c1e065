package net.conmgmt.sip.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Lets every {@code await()} look at once, and again every few milliseconds; by default it looks
 * for the first time after 100 ms. JUnit finds this class as a service.
 */
public final class QuickPolls implements LauncherSessionListener {

  private static final Duration INTERVAL = Duration.ofMillis(10);

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(INTERVAL);
  }
}
