package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.testing.StubConnection;
import org.junit.jupiter.api.Test;

class ConnectionRegistryTest {

  private static StackScope stack() {
    return new StackScope(ConnectionManagementProperties.of(new Properties()));
  }

  @Test
  void aStackHasOneRegistryAndAnotherStackHasItsOwn() {
    StackScope stack = stack();
    ConnectionRegistry registry = ConnectionRegistry.of(stack);
    ManagedConnection connection = new StubConnection(1, ManagedConnection.Side.PROXY, "TCP");
    registry.add(connection);
    assertThat(ConnectionRegistry.of(stack).all()).containsExactly(connection);
    assertThat(ConnectionRegistry.of(stack).find(1)).isSameAs(connection);
    assertThat(ConnectionRegistry.of(stack()).all()).isEmpty();
  }
}
