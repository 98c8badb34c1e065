package net.conmgmt.sip.internal.header;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import net.conmgmt.sip.header.MsKeepAliveHeader.Role;
import org.jspecify.annotations.Nullable;

/**
 * The text of one Ms-Keep-Alive value: the range [from, to) of the line in which it came, so that
 * nothing is copied for a header that counts for one hop and is seldom written again. Immutable.
 *
 * @param role what the value begins with when it is written, and parameters follow; null where it
 *     is written as it was received: a malformed value, or one that has this form already
 */
record ValueText(String line, int from, int to, @Nullable Role role) implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Appends what is sent: the role in upper case, and no white space between the parts. */
  StringBuilder appendTo(StringBuilder out) {
    return role == null
        ? out.append(line, from, to)
        : append(out.append(role.name()), parameters());
  }

  String written() {
    return role == null ? line.substring(from, to) : appendTo(new StringBuilder()).toString();
  }

  /** The parameters of a value that is not malformed, quotes included; empty for no value. */
  Map<String, String> parameters() {
    Map<String, String> parameters = new LinkedHashMap<>();
    MsKeepAliveReader reader = new MsKeepAliveReader(line, from, to);
    reader.skipRole();
    while (reader.advance()) {
      parameters.put(reader.name(), reader.value());
    }
    return parameters;
  }

  /** The text of a value that has these parameters. */
  static String of(Role role, Map<String, String> parameters) {
    return append(new StringBuilder(role.name()), parameters).toString();
  }

  private static StringBuilder append(StringBuilder out, Map<String, String> parameters) {
    parameters.forEach(
        (name, value) -> {
          out.append(';').append(name);
          if (!value.isEmpty()) {
            out.append('=').append(value);
          }
        });
    return out;
  }
}
