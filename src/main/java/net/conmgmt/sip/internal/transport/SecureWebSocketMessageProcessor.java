package net.conmgmt.sip.internal.transport;

import gov.nist.core.HostPort;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.stack.MessageChannel;
import gov.nist.javax.sip.stack.NioTcpMessageChannel;
import gov.nist.javax.sip.stack.NioTcpMessageProcessor;
import gov.nist.javax.sip.stack.NioTlsWebSocketMessageChannel;
import gov.nist.javax.sip.stack.NioTlsWebSocketMessageProcessor;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import javax.sip.address.Hop;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaders;

/**
 * The RI's own WebSocket listening point with TLS, but for two things: no message that leaves by it
 * carries an Ms-Keep-Alive header field, as one that was received from a TCP or TLS hop goes no
 * further, and one that could not start is forgotten. Thread-safe as the RI's is.
 */
public final class SecureWebSocketMessageProcessor extends NioTlsWebSocketMessageProcessor {

  /**
   * A listening point that is not yet bound.
   *
   * @param transport WSS, or WS where a gateway in front of it turns that into TLS
   */
  public SecureWebSocketMessageProcessor(
      InetAddress ipAddress, SIPTransactionStack sipStack, int port, String transport) {
    super(ipAddress, sipStack, port);
    this.transport = transport;
  }

  @Override
  public void start() throws IOException {
    try {
      super.start();
    } catch (IOException e) {
      FailedStart.undo(this);
      throw e;
    }
  }

  @Override
  public NioTcpMessageChannel createMessageChannel(
      NioTcpMessageProcessor processor, SocketChannel client) throws IOException {
    NioTcpMessageChannel channel = nioHandler.getMessageChannel(client);
    if (channel == null) {
      channel = new Channel(processor, client);
      nioHandler.putMessageChannel(client, channel);
    }
    return channel;
  }

  @Override
  public MessageChannel createMessageChannel(HostPort target) throws IOException {
    return createMessageChannel(target.getInetAddress(), target.getPort());
  }

  @Override
  public synchronized MessageChannel createMessageChannel(InetAddress target, int port)
      throws IOException {
    String key = MessageChannel.getKey(target, port, transport);
    MessageChannel channel = messageChannels.get(key);
    if (channel == null) {
      Channel opened = new Channel(target, port);
      messageChannels.put(key, opened);
      selector.wakeup();
      channel = opened;
    }
    return channel;
  }

  private final class Channel extends NioTlsWebSocketMessageChannel {

    Channel(NioTcpMessageProcessor processor, SocketChannel client) throws IOException {
      super(processor.getSIPStack(), processor, client);
    }

    Channel(InetAddress target, int port) throws IOException {
      super(
          target,
          port,
          SecureWebSocketMessageProcessor.this.getSIPStack(),
          SecureWebSocketMessageProcessor.this);
      isCached = true;
    }

    @Override
    public void sendMessage(SIPMessage message) throws IOException {
      MsKeepAliveHeaders.removeAll(message);
      super.sendMessage(message);
    }

    @Override
    public void sendMessage(SIPMessage message, Hop hop) throws IOException {
      MsKeepAliveHeaders.removeAll(message);
      super.sendMessage(message, hop);
    }

    @Override
    public void sendMessage(SIPMessage message, InetAddress receiver, int receiverPort)
        throws IOException {
      MsKeepAliveHeaders.removeAll(message);
      super.sendMessage(message, receiver, receiverPort);
    }
  }
}
