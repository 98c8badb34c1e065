package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import javax.management.DynamicMBean;
import javax.management.MBeanFeatureInfo;
import javax.management.MBeanInfo;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import org.junit.jupiter.api.Test;

class DescribedBeanTest {

  @Test
  void eachAttributeOperationAndParameterSaysWhatItIs() {
    StackScope scope = new StackScope(ConnectionManagementProperties.of(new Properties()));
    MBeanInfo info =
        ((DynamicMBean) DescribedBean.of(new ConnectionManagementBean("x", Monitoring.of(scope))))
            .getMBeanInfo();
    assertThat(info.getAttributes())
        .hasSizeGreaterThan(15)
        .allSatisfy(DescribedBeanTest::isDescribed);
    assertThat(info.getOperations())
        .hasSize(3)
        .allSatisfy(DescribedBeanTest::isDescribed)
        .allSatisfy(
            operation ->
                assertThat(operation.getSignature())
                    .singleElement()
                    .satisfies(parameter -> assertThat(parameter.getName()).doesNotMatch("p\\d+")));
  }

  private static void isDescribed(MBeanFeatureInfo feature) {
    assertThat(feature.getDescription())
        .as(feature.getName())
        .isNotNull()
        .contains(" ")
        .isNotEqualTo(feature.getName());
  }
}
