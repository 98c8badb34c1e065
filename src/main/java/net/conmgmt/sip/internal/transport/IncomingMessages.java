package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.parser.MessageParser;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.text.ParseException;
import net.conmgmt.sip.internal.framing.StreamFramer;
import net.conmgmt.sip.internal.logging.Excerpt;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Parses the messages that arrive on one channel and gives them to the stack. A message that cannot
 * be taken costs only itself: it is logged within bounds, and a request gets an answer. Messages of
 * several calls may come at the same time.
 */
final class IncomingMessages {

  private static final Logger LOG = LogManager.getLogger(IncomingMessages.class);

  private final ManagedMessageProcessor processor;
  private final ManagedMessageChannel channel;

  /** Of this connection alone, as an application's own may remember what came before. */
  private final MessageParser parser;

  IncomingMessages(ManagedMessageProcessor processor, ManagedMessageChannel channel) {
    this.processor = processor;
    this.channel = channel;
    SIPTransactionStack stack = processor.getSIPStack();
    parser = stack.getMessageParserFactory().createMessageParser(stack);
  }

  /** A whole message has its turn. */
  void message(byte[] head, byte[] body) {
    if (!processor.stackRuns()) {
      LOG.debug("{}: the stack stops, a received message is not processed any more", channel);
      return;
    }
    SIPMessage message = parsed(head, body);
    if (message != null) {
      process(message, head);
    }
  }

  /** The message, or null where it was refused or there is none. */
  private @Nullable SIPMessage parsed(byte[] head, byte[] body) {
    try {
      SIPMessage message = parser.parseSIPMessage(head, false, false, channel);
      if (message == null) {
        return null;
      }
      if (lacksMandatoryHeader(message)) {
        // The RI would write all of it into the log, as often as a peer sends it.
        refused(head, StreamFramer.BAD_REQUEST, "it lacks Via, From, To, Call-ID or CSeq");
        return null;
      }
      if (body.length > 0) {
        message.setMessageContent(body);
      }
      return message;
    } catch (ParseException | RuntimeException e) {
      refused(head, StreamFramer.BAD_REQUEST, Excerpt.of(String.valueOf(e.getMessage())));
      return null;
    }
  }

  private static boolean lacksMandatoryHeader(SIPMessage message) {
    return message.getViaHeaders() == null
        || message.getFrom() == null
        || message.getTo() == null
        || message.getCallId() == null
        || message.getCSeq() == null;
  }

  private void process(SIPMessage message, byte[] head) {
    SIPTransactionStack stack = processor.getSIPStack();
    try {
      if (stack.sipEventInterceptor != null) {
        stack.sipEventInterceptor.beforeMessage(message);
      }
      channel.processMessage(message);
    } catch (RuntimeException e) {
      processor.warnings().warn("The stack failed on {} from {}", begin(head), channel, e);
    } catch (Exception e) {
      // The RI throws these on purpose, and some hold the whole message.
      String why = Excerpt.of(String.valueOf(e.getMessage()));
      processor.warnings().warn("The stack refused {} from {}: {}", begin(head), channel, why);
    } finally {
      if (stack.sipEventInterceptor != null) {
        stack.sipEventInterceptor.afterMessage(message);
      }
    }
  }

  /** A message cannot be taken; if it is a request, it is answered with that status. */
  void refused(byte[] head, String status, String why) {
    String detail = begin(head) + ": " + why;
    processor.warnings().warn("{} sent {}", channel, detail);
    channel.connection().handler().messageRefused(detail);
    ByteBuffer answer = BadRequestAnswer.to(head, status);
    if (answer != null) {
      try {
        channel.connection().write(answer);
      } catch (IOException e) {
        LOG.debug("{} is gone before its {}", channel, status, e);
      }
    }
  }

  private static String begin(byte[] head) {
    return "a message that begins with " + Excerpt.firstLine(head, head.length);
  }

  /**
   * A header field does not parse, which costs the message only where SIP cannot do without it.
   *
   * @throws ParseException to have the message refused
   */
  void headerFailed(ParseException fault, SIPMessage message, Class<?> header, String text)
      throws ParseException {
    if (MandatoryHeaders.contains(header)) {
      throw fault;
    }
    processor
        .warnings()
        .warn(
            "A header field from {} does not parse and is passed on as unrecognized: {}",
            channel,
            Excerpt.of(text));
    message.addUnparsed(text);
  }
}
