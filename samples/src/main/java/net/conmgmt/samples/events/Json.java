package net.conmgmt.samples.events;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import net.conmgmt.sip.discovery.DiscoveryReport;
import org.jspecify.annotations.Nullable;

/** JSON on one line. */
public final class Json {

  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .addMixIn(DiscoveryReport.class, WithoutConnection.class)
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addSerializer(Duration.class, ToStringSerializer.instance));

  /** A connection is no text; what was chosen is in the report by its address. */
  @JsonIgnoreProperties("chosenConnection")
  private interface WithoutConnection {}

  private Json() {}

  /** Maps, lists, records, numbers, booleans, texts, enums, instants and null. */
  public static String of(@Nullable Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("This cannot be written as JSON: " + value, e);
    }
  }

  /** The simple fields of an object as texts; empty for what is no object. */
  public static Map<String, Object> fields(String line) {
    Map<String, Object> fields = new LinkedHashMap<>();
    try {
      MAPPER
          .readTree(line)
          .properties()
          .forEach(
              field -> {
                if (field.getValue().isValueNode()) {
                  fields.put(field.getKey(), field.getValue().asText());
                }
              });
      return fields;
    } catch (JsonProcessingException e) {
      return fields;
    }
  }
}
