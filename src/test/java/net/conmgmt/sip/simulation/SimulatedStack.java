package net.conmgmt.sip.simulation;

import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.stack.MessageChannel;
import gov.nist.javax.sip.stack.SIPDialog;
import gov.nist.javax.sip.stack.ServerRequestInterface;
import gov.nist.javax.sip.stack.ServerResponseInterface;
import java.util.Map;
import java.util.Properties;
import javax.sip.PeerUnavailableException;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import org.jspecify.annotations.Nullable;

/**
 * A stack of the RI without its transactions, which have threads and a clock of their own: what
 * arrives goes to the application as it is. One object serves many worlds, one after the other.
 */
final class SimulatedStack extends SipStackImpl {

  /** Takes what arrives, on a worker of the stack. */
  interface Application {
    void request(SIPRequest request, MessageChannel channel);

    void response(SIPResponse response, MessageChannel channel);
  }

  private @Nullable Application application;

  SimulatedStack(String name) throws PeerUnavailableException {
    super(propertiesOf(name));
  }

  private static Properties propertiesOf(String name) {
    Properties properties = new Properties();
    properties.setProperty("javax.sip.STACK_NAME", name);
    // Without the RI's thread for events, which would come between as it likes.
    properties.setProperty("gov.nist.javax.sip.REENTRANT_LISTENER", "true");
    properties.setProperty(
        "gov.nist.javax.sip.STACK_LOGGER", "net.conmgmt.sip.logging.Log4jStackLogger");
    properties.setProperty(
        "gov.nist.javax.sip.SERVER_LOGGER", "net.conmgmt.sip.logging.Log4jServerLogger");
    return properties;
  }

  /** A new scope with those properties of this library, as of a stack that was just made. */
  StackScope begin(Map<ConnectionManagementProperties.Key, String> values, Application user) {
    application = user;
    Properties own = getConfigurationProperties();
    // What the library keeps there is of the stack's former life.
    own.keySet().removeIf(key -> !(key instanceof String));
    for (ConnectionManagementProperties.Key key : ConnectionManagementProperties.Key.values()) {
      own.setProperty(key.propertyName(), values.getOrDefault(key, key.defaultValue()));
    }
    return StackScope.of(this);
  }

  @Override
  public ServerRequestInterface newSIPServerRequest(SIPRequest received, MessageChannel from) {
    return (request, channel) -> application().request(request, channel);
  }

  private Application application() {
    if (application == null) {
      throw new IllegalStateException("nothing runs on this stack");
    }
    return application;
  }

  @Override
  public ServerResponseInterface newSIPServerResponse(SIPResponse received, MessageChannel from) {
    return new ServerResponseInterface() {
      @Override
      public void processResponse(
          SIPResponse response, MessageChannel channel, @Nullable SIPDialog dialog) {
        application().response(response, channel);
      }

      @Override
      public void processResponse(SIPResponse response, MessageChannel channel) {
        application().response(response, channel);
      }
    };
  }
}
