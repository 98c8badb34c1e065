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
   * @param path the Route that leads from there to the device, as its edge has said (RFC 3327)
   * @param next another flow of the same device, for when this one has failed; or null
   * @param whenFailed takes exactly what led here out of where it was found, for when the other end
   *     says that the flow has failed (430); or null where nothing was looked up
   */
  record Forward(
      Flow flow,
      @Nullable URI requestUri,
      List<String> path,
      @Nullable Forward next,
      @Nullable Runnable whenFailed)
      implements Target {

    /** The same with another flow for when this one has failed. */
    Forward before(@Nullable Forward other) {
      return new Forward(flow, requestUri, path, other, whenFailed);
    }

    Forward(Flow flow, @Nullable URI requestUri) {
      this(flow, requestUri, List.of(), null, null);
    }
  }

  /** It goes to several devices of one user. */
  record Several(List<Forward> devices) implements Target {}

  /** Who holds this user has to be asked of the endpoint directory first. */
  record Ask(String aor) implements Target {}

  /** It is answered here. */
  record Answer(int status, String reason) implements Target {}

  /** It is for this proxy itself. */
  record Self() implements Target {}
}
