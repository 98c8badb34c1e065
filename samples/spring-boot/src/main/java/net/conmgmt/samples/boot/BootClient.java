package net.conmgmt.samples.boot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A Spring Boot application that registers, receives messages, and stays reachable. */
@SpringBootApplication
public class BootClient {

  public static void main(String[] args) {
    SpringApplication.run(BootClient.class, args);
  }
}
