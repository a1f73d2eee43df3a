package sh.retina.event;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A request over HTTP or the answer to it, as a proxy told of it. Its texts are safe ({@link
 * SafeText}), and without passwords and credentials. Immutable.
 *
 * @param code status of the answer; 0 in a request
 * @param url as the proxy wrote it: absolute where it knew the host, else a path
 * @param protocol such as {@code HTTP/1.1}
 * @param headers sorted by name; an answer's are its own
 * @param timeNs when the proxy saw it, by its own clock, ns since 1970; 0 = it did not tell
 */
public record HttpMessage(
    int code, String method, String url, String protocol, List<Header> headers, long timeNs) {
  /** W3C Trace Context, section 3.2: version, trace, parent, flags. */
  private static final Pattern TRACE_PARENT =
      Pattern.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  /** One value of a header. */
  public record Header(String name, String value) {}

  public HttpMessage {
    headers = List.copyOf(headers);
  }

  /** First value of a header, whose name is compared without case; empty if there is none. */
  public String header(String name) {
    for (Header header : headers) {
      if (header.name().equalsIgnoreCase(name)) {
        return header.value();
      }
    }
    return "";
  }

  /** 32 hexadecimal digits of {@code traceparent}; empty without a valid one. */
  public String traceId() {
    var parts = TRACE_PARENT.matcher(header("traceparent"));
    return parts.matches() ? parts.group(1) : "";
  }
}
