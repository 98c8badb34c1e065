package net.conmgmt.samples.boot;

import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.util.Properties;
import javax.sip.SipException;
import javax.sip.SipFactory;
import javax.sip.SipStack;
import net.conmgmt.sip.monitoring.ConnectionMetrics;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PropertiesLoaderUtils;

/** The SIP stack and its meters as beans. */
@Configuration
class SipConfiguration {

  @Bean(destroyMethod = "stop")
  SipStack sipStack(@Value("${sip.properties:classpath:sip.properties}") Resource file)
      throws IOException, SipException {
    Properties properties = PropertiesLoaderUtils.loadProperties(file);
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    return factory.createSipStack(properties);
  }

  /** Boot binds it to its registry; calling bindTo as well would be once too often. */
  @Bean
  MeterBinder connectionMetrics(SipStack sipStack) {
    return new ConnectionMetrics(sipStack);
  }
}
