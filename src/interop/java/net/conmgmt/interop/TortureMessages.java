package net.conmgmt.interop;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Messages after the cases of RFC 4475, by the names that the RFC gives the cases. The wording is
 * ours; what makes each case odd is kept.
 */
// Each CR LF has to be seen.
@SuppressWarnings("StringConcatToTextBlock")
final class TortureMessages {

  private static final String SDP =
      "v=0\r\no=m 1 1 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.3\r\nt=0 0\r\n"
          + "m=audio 49217 RTP/AVP 0\r\n";

  private final Map<String, String> all = new LinkedHashMap<>();

  private TortureMessages() {
    wellFormed();
    malformed();
    beyondTheSyntax();
  }

  /** Name and text; a char is a byte. */
  static Map<String, String> all() {
    return new TortureMessages().all;
  }

  /** A request; {@code null} for a line leaves the usual one out. */
  private static String request(String startLine, String lines, String body) {
    String method = startLine.split(" ", 2)[0];
    return startLine
        + "\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK"
        + Integer.toHexString((startLine + lines).hashCode())
        + "\r\nMax-Forwards: 70\r\nTo: sip:callee@example.com\r\n"
        + "From: <sip:caller@example.com>;tag=81x2\r\nCall-ID: torture."
        + Integer.toHexString((startLine + lines).hashCode())
        + "\r\nCSeq: 1 "
        + method
        + "\r\nContact: <sip:caller@192.0.2.1>\r\n"
        + lines
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String invite(String lines) {
    return request(
        "INVITE sip:callee@example.com SIP/2.0", lines + "Content-Type: application/sdp\r\n", SDP);
  }

  private static String options(String lines) {
    return request("OPTIONS sip:callee@example.com SIP/2.0", lines, "");
  }

  private static String response(String statusLine) {
    return statusLine
        + "\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKresponse\r\nFrom: <sip:a@example.com>;tag=1\r\n"
        + "To: <sip:b@example.com>;tag=2\r\nCall-ID: response\r\nCSeq: 1 OPTIONS\r\n"
        + "Content-Length: 0\r\n\r\n";
  }

  private static String latin(int... bytes) {
    byte[] raw = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      raw[i] = (byte) bytes[i];
    }
    return new String(raw, StandardCharsets.ISO_8859_1);
  }

  private void wellFormed() {
    all.put(
        "wsinv",
        "INVITE sip:vivekg@chair.example.com;unknownparam SIP/2.0\r\n"
            + "TO :\r\n sip:vivekg@chair.example.com ;   tag    = 1918181833n\r\n"
            + "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n"
            + "MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\n"
            + "Content-Length   : 0\r\ncseq: 0009\r\n  INVITE\r\n"
            + "Via  : SIP  /   2.0\r\n /TCP\r\n    192.0.2.2;branch=390skdjuw\r\n"
            + "s :\r\nNewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
            + "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
            + "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
            + "v:  SIP  / 2.0  / TLS     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
            + " SIP  /    2.0   / TCP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
            + "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n"
            + "  secondparam ; q = 0.33\r\n\r\n");
    all.put(
        "intmeth",
        "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,"
            + "/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\n"
            + "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n"
            + "To: \"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy"
            + "?,/;;*@example.com>\r\nFrom: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>"
            + ";fromParam''~+*_!.-%=\"x\";tag=_token~1'+`*%!-.\r\n"
            + "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n"
            + "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\nMax-Forwards: 255\r\n"
            + "extensionHeader-!.%*+_`'~:"
            + latin(0xEF, 0xBB, 0xBF, 0xE5, 0xA4, 0xA7, 0xE5, 0x81, 0x9C, 0xE9, 0x9B, 0xBB)
            + "\r\nContent-Length: 0\r\n\r\n");
    all.put(
        "esc01",
        request(
            "OPTIONS sip:sips%3Auser%40example.com@example.net SIP/2.0",
            "Subject: percent\r\n", ""));
    all.put(
        "escnull",
        request(
            "REGISTER sip:example.com SIP/2.0",
            "m: <sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>\r\n",
            ""));
    all.put(
        "esc02",
        request(
            "RE%47IST%45R sip:registrar.example.com SIP/2.0",
            "m: <sip:alias1@host1.example.com>\r\n", ""));
    all.put("lwsdisp", options("").replace("From: <sip:caller", "From: caller<sip:caller"));
    all.put(
        "longreq",
        invite(
            "To-Be-Long: "
                + "aLongValue-".repeat(200)
                + "\r\n"
                + "Via: SIP/2.0/TCP sip33.example.com\r\nv: SIP/2.0/TCP sip32.example.com\r\n"
                    .repeat(20)));
    all.put(
        "dblreq",
        request("REGISTER sip:example.com SIP/2.0", "", "").replace("torture", "first")
            + invite("X: second\r\n"));
    all.put(
        "semiuri",
        request("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", "Accept: */0\r\n", ""));
    all.put(
        "transports",
        options(
            "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKa\r\nVia: SIP/2.0/TLS t3.example.com;"
                + "branch=z9hG4bKb\r\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKc\r\n"));
    String parts =
        "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9cbec02ceef655\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n"
            + latin(0, 0x30, 0x82, 0x0D, 0x0A, 0x0D, 0x0A, 0xFF, 0xFE, 0x80)
            + "\r\n--7a9cbec02ceef655--";
    all.put(
        "mpart01",
        request(
            "MESSAGE sip:kumiko@example.org SIP/2.0",
            "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\r\n",
            parts));
    all.put(
        "unreason",
        response(
            "SIP/2.0 200 = 2**3 * 5**2 " + latin(0xD0, 0xBD, 0xD0, 0xBE, 0xD1, 0x81, 0xD1, 0x82)));
    all.put("noreason", response("SIP/2.0 100 "));
  }

  private void malformed() {
    all.put(
        "badinv01",
        options("Contact: \"Joe\" <sip:joe@example.org>;;;;,,;;\r\n")
            .replace("192.0.2.1;branch", "192.0.2.1;;,;,,;branch"));
    all.put("clerr", options("").replace("Content-Length: 0", "Content-Length: 40"));
    all.put("ncl", options("").replace("Content-Length: 0", "Content-Length: -999"));
    all.put(
        "scalar02",
        options("Expires: 1000000000000000000000000000000000000\r\n")
            .replace("Max-Forwards: 70", "Max-Forwards: 300")
            .replace("CSeq: 1 ", "CSeq: 36893488147419103232 "));
    all.put(
        "scalarlg",
        response("SIP/2.0 503 Service Unavailable")
            .replace("CSeq: 1 ", "CSeq: 9292394834772304023312 ")
            .replace(
                "Content-Length", "Retry-After: 949302838503028349304023988\r\nContent-Length"));
    all.put(
        "quotbal",
        options("")
            .replace("To: ", "To: \"Mr. J. User <")
            .replace("example.com\r\nFrom", "example.com>\r\nFrom"));
    all.put("ltgtruri", request("OPTIONS <sip:user@example.com> SIP/2.0", "", ""));
    all.put("lwsruri", request("OPTIONS sip:user@example.com; lr SIP/2.0", "", ""));
    all.put("lwsstart", request("OPTIONS  sip:user@example.com  SIP/2.0", "", ""));
    all.put("trws", request("OPTIONS sip:remote-target@example.com SIP/2.0  ", "", ""));
    all.put(
        "escruri",
        request("OPTIONS sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", "", ""));
    all.put("baddate", options("Date: Fri, 01 Jan 2010 16:00:00 EST\r\n"));
    all.put(
        "regbadct",
        request(
            "REGISTER sip:example.com SIP/2.0",
            "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\r\n",
            ""));
    all.put(
        "badaspec", options("").replace("To: sip:callee", "To: \"Watson, Thomas\" < sip:t.watson"));
    all.put(
        "baddn",
        options("")
            .replace("<sip:caller@example.com>", "Bell, Alexander <sip:a.g.bell@example.com>"));
    all.put("badvers", request("OPTIONS sip:t.watson@example.org SIP/7.0", "", ""));
    all.put("mismatch01", options("").replace("CSeq: 1 OPTIONS", "CSeq: 8 INVITE"));
    all.put(
        "mismatch02",
        request("NEWMETHOD sip:user@example.com SIP/2.0", "", "")
            .replace("CSeq: 1 NEWMETHOD", "CSeq: 8 INVITE"));
    all.put("bigcode", response("SIP/2.0 4294967301 better not break the receiver"));
  }

  private void beyondTheSyntax() {
    all.put("badbranch", options("").replaceFirst("branch=z9hG4bK[0-9a-f]+", "branch=z9hG4bK"));
    all.put(
        "insuf",
        "INVITE sip:user@example.com SIP/2.0\r\nCSeq: 193942 INVITE\r\n"
            + "Via: SIP/2.0/TCP 192.0.2.95;branch=z9hG4bKkdj.insuf\r\nContent-Length: 0\r\n\r\n");
    all.put(
        "unkscm", request("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", "", ""));
    all.put("novelsc", request("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", "", ""));
    all.put(
        "unksm2",
        request("REGISTER sip:example.com SIP/2.0", "Contact: <name:John_Smith>\r\n", "")
            .replace("To: sip:callee@example.com", "To: isbn:2983792873"));
    all.put("bext01", options("Require: nothingSupportsThis, nothingSupportsThisEither\r\n"));
    all.put(
        "invut",
        request(
            "MESSAGE sip:user@example.com SIP/2.0",
            "Content-Type: application/unknownformat\r\n",
            "<audio/>"));
    all.put(
        "regaut01",
        request(
            "REGISTER sip:example.com SIP/2.0",
            "Authorization: NoOneKnowsThisScheme opaque-data=here\r\n",
            ""));
    all.put(
        "multi01",
        options(
            "CSeq: 59 OPTIONS\r\nCall-ID: multi01.other\r\nMax-Forwards: 5\r\n"
                + "From: <sip:other@example.com>;tag=3\r\nTo: <sip:other@example.net>\r\n"));
    all.put("mcl01", options("Content-Length: 5\r\n"));
    all.put("bcast", response("SIP/2.0 200 OK").replace("192.0.2.1", "255.255.255.255"));
    all.put("zeromf", options("").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    all.put(
        "cparam01",
        request(
            "REGISTER sip:example.com SIP/2.0",
            "Contact: sip:+19725552222@gw1.example.net;unknownparam\r\n",
            ""));
    all.put(
        "cparam02",
        request(
            "REGISTER sip:example.com SIP/2.0",
            "Contact: <sip:+19725552222@gw1.example.net;unknownparam>\r\n",
            ""));
    all.put(
        "regescrt",
        request(
            "REGISTER sip:example.com SIP/2.0",
            "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\r\n",
            ""));
    all.put(
        "sdp01",
        request(
            "MESSAGE sip:user@example.com SIP/2.0",
            "Accept: text/nobodyKnowsThis\r\nContent-Type: application/sdp\r\n",
            SDP));
    all.put(
        "inv2543",
        "INVITE sip:UserB@example.com SIP/2.0\r\nVia: SIP/2.0/TCP iftgw.example.com\r\n"
            + "From: <sip:+13035551111@ift.client.example.net;user=phone>\r\n"
            + "To: sip:+16505552222@ss1.example.net;user=phone\r\nCall-ID: inv2543.1717@ift.client.example.com\r\n"
            + "CSeq: 56 INVITE\r\nContent-Length: "
            + SDP.length()
            + "\r\nContent-Type: application/sdp\r\n\r\n"
            + SDP);
  }
}
