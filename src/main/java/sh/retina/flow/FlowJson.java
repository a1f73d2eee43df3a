package sh.retina.flow;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEvent;

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

  private FlowJson() {}

  public static String print(Flow flow) {
    return line(flow);
  }

  public static String print(LostEvent lost) {
    return line(lost);
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
   * and nothing safer; and it leaves DEL, C1 controls and lone surrogates as they are.
   */
  static String tidy(String json) {
    StringBuilder text = new StringBuilder(json.length());
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '\\') {
        if (json.startsWith("u003d", i + 1)) {
          text.append('=');
          i += 5;
        } else if (json.startsWith("u0027", i + 1)) {
          text.append('\'');
          i += 5;
        } else {
          text.append(c).append(json.charAt(++i));
        }
      } else if (c >= 0x7f && c <= 0x9f) {
        text.append("\\u00").append(Integer.toHexString(c));
      } else if (Character.isHighSurrogate(c)
          && i + 1 < json.length()
          && Character.isLowSurrogate(json.charAt(i + 1))) {
        text.append(c).append(json.charAt(++i));
      } else {
        text.append(Character.isSurrogate(c) ? '\ufffd' : c);
      }
    }
    return text.toString();
  }
}
