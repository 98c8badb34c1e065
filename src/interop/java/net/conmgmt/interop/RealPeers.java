package net.conmgmt.interop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a test needs of the machine. Where it is missing the test is skipped with the reason, except
 * in CI (environment variable {@code CI} is {@code true}): there it fails.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RealPeersCondition.class)
@interface RealPeers {

  /** Debian packages; see {@code .ci/install-interop}. */
  String[] packages() default {};

  /** Whether network namespaces have to be made, which takes root. */
  boolean namespaces() default false;
}
