package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The DHCP servers, each of which answers on one interface with option 120 and leases nothing. */
enum DhcpServers {
  ISC_DHCPD {
    @Override
    ExternalProcess start(
        NetworkNamespace network, Path folder, String device, boolean names, List<String> values)
        throws IOException {
      String option = names ? "0 " + quoted(values) : "1 " + String.join(", ", values);
      String type = names ? "domain-list" : "array of ip-address";
      Path config =
          Files.writeString(
              folder.resolve("dhcpd.conf"),
              "authoritative;\noption sip-servers code 120 = { unsigned integer 8, "
                  + type
                  + " };\nsubnet 192.0.2.0 netmask 255.255.255.0 {\n  option sip-servers "
                  + option
                  + ";\n}\n");
      Path leases = Files.createFile(folder.resolve("dhcpd.leases"));
      List<String> command =
          List.of(
              "dhcpd",
              "-f",
              "-d",
              "-4",
              "--no-pid",
              "-cf",
              "" + config,
              "-lf",
              "" + leases,
              device);
      return ExternalProcess.start("dhcpd", folder, Map.of(), network.inside(command))
          .ready("Server starting service");
    }
  },

  KEA {
    @Override
    ExternalProcess start(
        NetworkNamespace network, Path folder, String device, boolean names, List<String> values)
        throws IOException {
      Path config =
          Files.writeString(
              folder.resolve("kea.conf"),
              """
              { "Dhcp4": {
                "interfaces-config": { "interfaces": ["%s"] },
                "lease-database": { "type": "memfile", "persist": false },
                "option-def": [ { "name": "sip-servers", "code": 120, "space": "dhcp4",
                  "type": "record", "record-types": "uint8, %s", "array": true } ],
                "subnet4": [ { "subnet": "192.0.2.0/24", "interface": "%s",
                  "option-data": [ { "name": "sip-servers", "data": "%s" } ] } ],
                "loggers": [ { "name": "kea-dhcp4", "severity": "INFO",
                  "output_options": [ { "output": "stdout" } ] } ] } }
              """
                  .formatted(
                      device,
                      names ? "fqdn" : "ipv4-address",
                      device,
                      (names ? "0, " : "1, ") + String.join(", ", values)));
      Map<String, String> environment =
          Map.of("KEA_LOCKFILE_DIR", "" + folder, "KEA_PIDFILE_DIR", "" + folder);
      List<String> command = List.of("kea-dhcp4", "-c", config.toString());
      return ExternalProcess.start("kea", folder, environment, network.inside(command))
          .ready("DHCP4_STARTED");
    }
  },

  DNSMASQ {
    @Override
    ExternalProcess start(
        NetworkNamespace network, Path folder, String device, boolean names, List<String> values)
        throws IOException {
      List<String> options = new ArrayList<>();
      options.add("--port=0");
      options.add("--interface=" + device);
      options.add("--dhcp-range=192.0.2.0,static");
      options.add("--dhcp-authoritative");
      options.add("--dhcp-leasefile=" + folder.resolve("dnsmasq.leases"));
      options.add("--dhcp-option=option:sip-server," + String.join(",", values));
      return Dnsmasq.start(network, folder, options);
    }
  };

  /**
   * Starts it for the network 192.0.2.0/24.
   *
   * @param device the interface
   * @param names whether {@code values} are names, else addresses
   */
  abstract ExternalProcess start(
      NetworkNamespace network, Path folder, String device, boolean names, List<String> values)
      throws IOException;

  private static String quoted(List<String> values) {
    return values.stream().map(v -> '"' + v + '"').collect(Collectors.joining(", "));
  }
}
