package net.conmgmt.samples.proxy;

import java.util.List;
import javax.sip.address.URI;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.directory.DirectoryEntry;
import org.jspecify.annotations.Nullable;

/** What becomes of a request: it goes somewhere, or it is answered here. */
sealed interface Target {

  /**
   * It goes on a flow.
   *
   * @param requestUri the new Request-URI, or null to leave it
   * @param path the Route that leads from there to the device, as its edge has said (RFC 3327)
   * @param next another flow of the same device, for when this one has failed; or null
   * @param held what the endpoint directory says of a device that another proxy holds; or null
   */
  record Forward(
      Flow flow,
      @Nullable URI requestUri,
      List<String> path,
      @Nullable Forward next,
      @Nullable DirectoryEntry held)
      implements Target {

    Forward(Flow flow, @Nullable URI requestUri, List<String> path, @Nullable Forward next) {
      this(flow, requestUri, path, next, null);
    }

    /** The same with another flow for when this one has failed. */
    Forward before(@Nullable Forward other) {
      return new Forward(flow, requestUri, path, other, held);
    }

    Forward(Flow flow, @Nullable URI requestUri) {
      this(flow, requestUri, List.of(), null);
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
