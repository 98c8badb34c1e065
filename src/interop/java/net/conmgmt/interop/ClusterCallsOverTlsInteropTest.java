package net.conmgmt.interop;

/** The same over TLS, where everybody, the other proxy too, has to show a certificate. */
@RealPeers(packages = RedisServer.PACKAGE)
class ClusterCallsOverTlsInteropTest extends ClusterCallsInteropTest {

  @Override
  String transport() {
    return "TLS";
  }
}
