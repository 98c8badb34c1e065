package net.conmgmt.samples.proxy;

import java.util.List;
import javax.sip.address.URI;
import net.conmgmt.samples.sip.Flow;
import org.jspecify.annotations.Nullable;

/** What becomes of a request: it goes somewhere, or it is answered here. */
sealed interface Target {

  /**
   * It goes on a flow.
   *
   * @param requestUri the new Request-URI, or null to leave it
   */
  record Forward(Flow flow, @Nullable URI requestUri) implements Target {}

  /** It goes to several devices of one user. */
  record Several(List<Forward> devices) implements Target {}

  /** It is answered here. */
  record Answer(int status, String reason) implements Target {}

  /** It is for this proxy itself. */
  record Self() implements Target {}
}
