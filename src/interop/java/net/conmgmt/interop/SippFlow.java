package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One side of a call flow as SIPp plays it: what is sent and what has to arrive, in order. */
final class SippFlow {

  private static final String SENT_BY =
      "Via: SIP/2.0/TCP [local_ip]:[local_port];branch=[branch]\nMax-Forwards: 70\n";
  private static final String CONTACT = "Contact: <sip:[local_ip]:[local_port];transport=tcp>\n";
  private static final String NO_BODY = "Content-Length: 0\n\n";

  private final StringBuilder steps = new StringBuilder();

  /** Registers a user on the connection that the flow goes on with. */
  SippFlow register(String user) {
    return send("REGISTER sip:contoso.test SIP/2.0\n"
            + SENT_BY
            + "From: <sip:"
            + user
            + "@contoso.test>;tag=[call_number]\nTo: <sip:"
            + user
            + "@contoso.test>\nCall-ID: [call_id]\nCSeq: 1 REGISTER\n"
            + CONTACT
            + "Expires: 600\n"
            + NO_BODY)
        .receive(200);
  }

  /** Sends a request to {@code callee} that begins something. */
  SippFlow begin(String method, int cseq, String callee, String... headers) {
    return request(method, cseq, "sip:" + callee + "@contoso.test", "", callee, headers);
  }

  /** Sends a request of the caller within the dialog that the last response has made. */
  SippFlow inDialog(String method, int cseq, String callee, String... headers) {
    return request(method, cseq, "[next_url]", "[routes]\n", callee, headers);
  }

  private SippFlow request(
      String method, int cseq, String uri, String routes, String callee, String... headers) {
    return send(
        method
            + " "
            + uri
            + " SIP/2.0\n"
            + SENT_BY
            + routes
            + "From: <sip:caller@contoso.test>;tag=[pid]-[call_number]\nTo: <sip:"
            + callee
            + "@contoso.test>[peer_tag_param]\nCall-ID: [call_id]\nCSeq: "
            + cseq
            + " "
            + method
            + "\n"
            + CONTACT
            + lines(headers)
            + NO_BODY);
  }

  /**
   * Sends CANCEL or the ACK of a refusal, which have the branch of their INVITE.
   *
   * @param steps since the INVITE, those that may be left out included
   */
  SippFlow ofInvite(String method, int steps, String callee) {
    int before = this.steps.length();
    begin(method, 1, callee);
    int branch = this.steps.indexOf("[branch]", before);
    this.steps.replace(branch, branch + "[branch]".length(), "[branch-" + steps + "]");
    return this;
  }

  /** Answers an INVITE whose CANCEL was the last request. */
  SippFlow answerCancelled() {
    int before = steps.length();
    answer("487 Request Terminated");
    int cseq = steps.indexOf("[last_CSeq:]", before);
    steps.replace(cseq, cseq + "[last_CSeq:]".length(), "CSeq: 1 INVITE");
    return this;
  }

  /** Sends a request of the callee within the dialog: whom it was sent to is now the sender. */
  SippFlow backInDialog(String method, int cseq, String callee, String... headers) {
    return send(
        method
            + " [next_url] SIP/2.0\n"
            // Calls that come to SIPp have one number, and with it one branch.
            + SENT_BY.replace("[branch]", "z9hG4bK[call_id]-" + cseq)
            + "[routes]\nFrom: <sip:"
            + callee
            + "@contoso.test>;tag=callee\nTo: <sip:caller@contoso.test>[peer_tag_param]\n"
            + "Call-ID: [call_id]\nCSeq: "
            + cseq
            + " "
            + method
            + "\n"
            + CONTACT
            + lines(headers)
            + NO_BODY);
  }

  /** Answers the last request as the callee. */
  SippFlow answer(String status, String... headers) {
    return answer(status, ";tag=callee", headers);
  }

  /** Answers a request that arrived within a dialog. */
  SippFlow answerInDialog(String status, String... headers) {
    return answer(status, "", headers);
  }

  private SippFlow answer(String status, String tag, String... headers) {
    return send(
        "SIP/2.0 "
            + status
            + "\n[last_Via:]\n[last_Record-Route:]\n[last_From:]\n[last_To:]"
            + tag
            + "\n[last_Call-ID:]\n[last_CSeq:]\n"
            + CONTACT
            + lines(headers)
            + NO_BODY);
  }

  private static String lines(String... headers) {
    return headers.length == 0 ? "" : String.join("\n", headers) + "\n";
  }

  private SippFlow send(String message) {
    steps.append("<send><![CDATA[\n").append(message).append("]]></send>\n");
    return this;
  }

  /** A response that has to arrive. */
  SippFlow receive(int status) {
    steps.append("<recv response=\"").append(status).append("\" rrs=\"true\"/>\n");
    return this;
  }

  /** A response that may arrive before the next step. */
  SippFlow mayReceive(int status) {
    steps.append("<recv response=\"").append(status).append("\" optional=\"true\"/>\n");
    return this;
  }

  /** A request that has to arrive. */
  SippFlow receive(String method) {
    steps.append("<recv request=\"").append(method).append("\" rrs=\"true\"/>\n");
    return this;
  }

  SippFlow pause(int milliseconds) {
    steps.append("<pause milliseconds=\"").append(milliseconds).append("\"/>\n");
    return this;
  }

  /** Writes it where SIPp reads it. */
  Path writeTo(Path folder, String name) throws IOException {
    return Files.writeString(
        folder.resolve(name + ".xml"),
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<scenario name=\""
            + name
            + "\">\n"
            + steps
            + "</scenario>\n");
  }
}
