package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.stack.ConnectionOrientedMessageProcessor;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.Map;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.internal.keepalive.KeepAliveRemains;

/** What a stack without connections must not have any more. */
public final class TransportRemains {

  private TransportRemains() {}

  /** Says what there is; empty if nothing. */
  public static String of(
      StackScope scope,
      KeepAliveListener listener,
      Collection<ManagedMessageProcessor> processors) {
    StackTransport transport = StackTransport.of(scope);
    StringBuilder text = new StringBuilder();
    say(text, transport.memory().takenBytes(), "bytes of the memory budget");
    say(text, transport.quota().retained(), "entries of the quota");
    say(text, ConnectionRegistry.of(scope).all().size(), "open connections");
    say(text, KeepAliveRemains.of(listener), "handlers and endpoints");
    for (ManagedMessageProcessor processor : processors) {
      say(text, sizeOf(processor, "messageChannels"), "opened channels");
      say(text, sizeOf(processor, "incomingMessageChannels"), "accepted channels");
    }
    return text.toString();
  }

  private static void say(StringBuilder text, long count, String what) {
    if (count != 0) {
      text.append(count).append(' ').append(what).append(' ');
    }
  }

  private static int sizeOf(ManagedMessageProcessor processor, String table) {
    try {
      Field field = ConnectionOrientedMessageProcessor.class.getDeclaredField(table);
      field.setAccessible(true);
      return ((Map<?, ?>) field.get(processor)).size();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
