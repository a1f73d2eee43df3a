package sh.retina.flow;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEvent;
import sh.retina.flow.proto.observer.ExportEvent;

/**
 * Hubble's JSON: protojson with the names of the proto, enums by name, 64-bit integers as strings,
 * defaults left out. One line, no control character in it: what a packet or a name carries cannot
 * end a line, start another event or steer a terminal. Immutable and thread-safe.
 */
public final class FlowJson {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .preservingProtoFieldNames()
          .omittingInsignificantWhitespace()
          .usingTypeRegistry(TypeRegistry.newBuilder().add(Struct.getDescriptor()).build());

  // Up to here a double holds every integer.
  private static final double MAX_EXACT = 1L << 53;

  private FlowJson() {}

  public static String print(Flow flow) {
    return line(flow);
  }

  public static String print(LostEvent lost) {
    return line(lost);
  }

  public static String print(ExportEvent event) {
    return line(event);
  }

  private static String line(MessageOrBuilder message) {
    try {
      return tidy(PRINTER.print(message));
    } catch (InvalidProtocolBufferException e) {
      // Only an Any of a type that the registry lacks: none is made here.
      throw new IllegalArgumentException("flow has an extension of unknown type", e);
    }
  }

  /**
   * The printer escapes {@code =} and the apostrophe as if for HTML, which makes labels unreadable
   * and nothing safer; it leaves DEL, C1 controls and lone surrogates as they are; and it writes a
   * count in an extension as {@code 10.0} or {@code 4.0E9}, where Hubble writes an integer.
   */
  static String tidy(String json) {
    StringBuilder text = new StringBuilder(json.length());
    int at = 0;
    while (at < json.length()) {
      char c = json.charAt(at);
      if (c == '"') {
        at = tidyString(json, at, text);
      } else if (c == '-' || c >= '0' && c <= '9') {
        at = tidyNumber(json, at, text);
      } else {
        text.append(c);
        at++;
      }
    }
    return text.toString();
  }

  /** Returns where the string that starts at {@code from} has ended. */
  private static int tidyString(String json, int from, StringBuilder text) {
    text.append('"');
    for (int at = from + 1; ; at++) {
      char c = json.charAt(at);
      if (c == '"') {
        text.append(c);
        return at + 1;
      } else if (c == '\\') {
        if (json.startsWith("u003d", at + 1)) {
          text.append('=');
          at += 5;
        } else if (json.startsWith("u0027", at + 1)) {
          text.append('\'');
          at += 5;
        } else {
          text.append(c).append(json.charAt(++at));
        }
      } else if (c >= 0x7f && c <= 0x9f) {
        text.append("\\u00").append(Integer.toHexString(c));
      } else if (Character.isHighSurrogate(c) && Character.isLowSurrogate(json.charAt(at + 1))) {
        text.append(c).append(json.charAt(++at));
      } else {
        text.append(Character.isSurrogate(c) ? '\ufffd' : c);
      }
    }
  }

  private static int tidyNumber(String json, int from, StringBuilder text) {
    int end = from;
    boolean isDouble = false;
    for (; end < json.length() && "+-.0123456789E".indexOf(json.charAt(end)) >= 0; end++) {
      isDouble |= json.charAt(end) == '.';
    }
    double value = isDouble ? Double.parseDouble(json.substring(from, end)) : 0;
    if (isDouble && Math.abs(value) <= MAX_EXACT && value == Math.rint(value)) {
      text.append((long) value);
    } else {
      text.append(json, from, end);
    }
    return end;
  }
}
