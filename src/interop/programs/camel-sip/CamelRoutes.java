import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/** A presence agent, a subscriber and a publisher of camel-sip, as its manual shows them. */
public class CamelRoutes {

  public static void main(String[] args) throws Exception {
    String transport = args[0];
    int agent = Integer.parseInt(args[1]);
    int subscriber = Integer.parseInt(args[2]);
    int publisher = Integer.parseInt(args[3]);
    String event = "&transport=" + transport + "&eventHeaderName=evtHdrName&eventId=evtid";
    CountDownLatch notified = new CountDownLatch(3);
    try (DefaultCamelContext camel = new DefaultCamelContext()) {
      camel.addRoutes(
          new RouteBuilder() {
            @Override
            public void configure() {
              from("direct:start")
                  .to("sip://agent@127.0.0.1:" + agent + "?stackName=publisher&fromUser=user2"
                      + "&fromHost=127.0.0.1&fromPort=" + publisher + event);
              from("sip://agent@127.0.0.1:" + agent + "?stackName=agent&presenceAgent=true" + event)
                  .to("log:agent");
              from("sip://johndoe@127.0.0.1:" + subscriber + "?stackName=subscriber&toUser=agent"
                      + "&toHost=127.0.0.1&toPort=" + agent + event)
                  .process(
                      exchange -> {
                        System.out.println("NOTIFIED " + exchange.getIn().getBody());
                        notified.countDown();
                      });
            }
          });
      camel.start();
      // The subscriber is told once its subscription is accepted, which no event of Camel says.
      boolean all = false;
      for (int i = 1; i <= 40 && !all; i++) {
        camel.createProducerTemplate()
            .sendBodyAndHeader("direct:start", "EVENT_" + i, "REQUEST_METHOD", "PUBLISH");
        all = notified.await(500, TimeUnit.MILLISECONDS);
      }
      System.out.println(all ? "DONE" : "INCOMPLETE");
      System.exit(all ? 0 : 1);
    }
  }
}
