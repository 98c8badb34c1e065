package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.message.SIPMessage;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.ConnectionHandler;

/** Takes no notice of what it hears of a connection. */
class StubHandler implements ConnectionHandler {

  @Override
  public void connecting() {}

  @Override
  public void established() {}

  @Override
  public void sendKeepAlive() {}

  @Override
  public void keepAliveReceived() {}

  @Override
  public void keepAliveAnswered() {}

  @Override
  public void messageReceived(SIPMessage message) {}

  @Override
  public void messageToSend(SIPMessage message) {}

  @Override
  public void messageSent(SIPMessage message) {}

  @Override
  public void messageRefused(String detail) {}

  @Override
  public void closed(CloseReason reason, String detail) {}
}
