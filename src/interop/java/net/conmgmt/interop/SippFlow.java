package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** One side of a call flow as SIPp plays it: what is sent and what has to arrive, in order. */
final class SippFlow {

  private static final String SENT_BY =
      "Via: SIP/2.0/TCP [local_ip]:[local_port];branch=[branch]\nMax-Forwards: 70\n";
  private static final String NO_BODY = "Content-Length: 0\n\n";

  private static final AtomicInteger STARTED = new AtomicInteger();

  private final StringBuilder steps = new StringBuilder();
  private String contact = "Contact: <sip:[local_ip]:[local_port];transport=tcp>\n";

  /** From here on Contact has that address. */
  SippFlow contact(String uri) {
    contact = "Contact: <" + uri + ">\n";
    return this;
  }

  /** Registers a user on the connection that the flow goes on with. */
  SippFlow register(String user) {
    return send("REGISTER sip:contoso.test SIP/2.0\n"
            + SENT_BY
            + "From: <sip:"
            + user
            + "@contoso.test>;tag=[call_number]\nTo: <sip:"
            + user
            + "@contoso.test>\nCall-ID: [call_id]\nCSeq: 1 REGISTER\n"
            + contact
            + "Expires: 3600\n"
            + NO_BODY)
        .receive(200);
  }

  /** Calls {@code callee} until both have agreed. */
  SippFlow call(String callee) {
    return begin("INVITE", 1, callee)
        .receive(100)
        .mayReceive(100)
        .receive(180)
        .mayReceive(100)
        .receive(200)
        .inDialog("ACK", 1, callee);
  }

  /** The other side of {@link #call}. */
  SippFlow takeCall() {
    return receive("INVITE").answer("180 Ringing").answer("200 OK").receive("ACK");
  }

  SippFlow hangUp(int cseq, String callee) {
    return inDialog("BYE", cseq, callee).receive(200);
  }

  /** The other side of {@link #hangUp}. */
  SippFlow takeBye() {
    return receive("BYE").answerInDialog("200 OK");
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
            + contact
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
            + contact
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
            + contact
            + lines(headers)
            + NO_BODY);
  }

  /** Sends a success that answers nothing, whose second Via leads elsewhere. */
  SippFlow strayAnswer(int proxyPort, int elsewhere) {
    return send(
        "SIP/2.0 200 OK\nVia: SIP/2.0/TCP 127.0.0.1:"
            + proxyPort
            + ";branch=z9hG4bKnone[call_number]\nVia: SIP/2.0/TCP 127.0.0.1:"
            + elsewhere
            + ";branch=z9hG4bKelsewhere\nFrom: <sip:x@contoso.test>;tag=1\n"
            + "To: <sip:y@contoso.test>;tag=2\nCall-ID: [call_id]\nCSeq: 1 INVITE\n"
            + contact
            + NO_BODY);
  }

  /** In the message that is sent last, {@code text} stands for what matches. */
  SippFlow replacing(String regex, String text) {
    int begin = steps.lastIndexOf("<send>");
    String message = steps.substring(begin);
    String changed = message.replaceFirst(regex, text);
    if (changed.equals(message)) {
      throw new IllegalArgumentException("Expected " + regex + " in " + message);
    }
    steps.replace(begin, steps.length(), changed);
    return this;
  }

  /** The message that is sent last has no such header field. */
  SippFlow without(String header) {
    return replacing("\n" + header + ":[^\n]*", "");
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
    steps.append("<recv response=\"").append(status).append('"');
    // A 100 has no route to be recorded.
    steps.append(status == 100 ? "/>\n" : " rrs=\"true\"/>\n");
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

  /** Registers a user and plays this, again and again, with those who call him. */
  ExternalProcess await(String user, String part, Path folder, int port) throws IOException {
    String answers = writeTo(folder, part + "-answers").toString();
    SippFlow waits = new SippFlow();
    waits.contact = contact;
    return waits
        .register(user)
        .pause(Integer.MAX_VALUE)
        .start(part, folder, port, "-oocsf", answers, "-m", "1");
  }

  /**
   * Plays it so many times on one connection to that port of loopback; what does not arrive within
   * 45 s fails. {@link #errors} has what SIPp did not expect.
   */
  ExternalProcess play(String part, Path folder, int port, int count, String... options)
      throws IOException {
    List<String> all = new ArrayList<>(List.of("-m", Integer.toString(count)));
    all.addAll(List.of("-recv_timeout", "45000"));
    all.addAll(List.of(options));
    return start(part, folder, port, all.toArray(new String[0]));
  }

  private ExternalProcess start(String part, Path folder, int port, String... options)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sipp", "127.0.0.1:" + port, "-sf", writeTo(folder, part).toString()));
    // Of two that look for a free port at one address at once, one may get none.
    String address = "127.0.10." + (1 + Math.floorMod(STARTED.getAndIncrement(), 250));
    command.addAll(List.of("-t", "t1", "-nostdin", "-cid_str", "%u-%p", "-i", address));
    command.addAll(List.of("-trace_err", "-error_file", errorFile(folder, part).toString()));
    command.addAll(List.of(options));
    return ExternalProcess.start(part, folder, Map.of(), command);
  }

  private static Path errorFile(Path folder, String part) {
    return folder.resolve(part + ".errors");
  }

  /** The messages that came to that part unexpected, in full. */
  static String errors(Path folder, String part) throws IOException {
    Path file = errorFile(folder, part);
    return Files.exists(file) ? part + " found " + Files.readString(file) + "\n" : "";
  }
}
