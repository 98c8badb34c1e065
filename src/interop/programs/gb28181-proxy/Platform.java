import io.github.lunasaw.gbproxy.server.user.SipUserGenerateServer;
import io.github.lunasaw.sip.common.entity.Device;
import io.github.lunasaw.sip.common.entity.FromDevice;
import io.github.lunasaw.sip.common.entity.ToDevice;
import io.github.lunasaw.sip.common.layer.SipLayer;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** A GB28181 platform of gb28181-proxy: Spring Boot with all its beans, and one user's data. */
@SpringBootApplication(scanBasePackages = "io.github.lunasaw")
public class Platform {

  private static int port;

  /** The platform itself and its one device. */
  @Bean
  @Primary
  SipUserGenerateServer users() {
    FromDevice platform = FromDevice.getInstance("34020000002000000001", "127.0.0.1", port);
    platform.setPassword("secret");
    platform.setRealm("34020000");
    return new SipUserGenerateServer() {
      @Override
      public Device getToDevice(String id) {
        return ToDevice.getInstance(id, "127.0.0.1", 5060);
      }

      @Override
      public Device getFromDevice() {
        return platform;
      }
    };
  }

  public static void main(String[] args) {
    port = Integer.parseInt(args[0]);
    SpringApplication application = new SpringApplication(Platform.class);
    application.run().getBean(SipLayer.class).addListeningPoint("127.0.0.1", port, true);
    System.out.println("READY");
  }
}
