package sh.retina.plugin.ciliumeventobserver;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sh.retina.event.HttpMessage;
import sh.retina.event.SafeText;

/**
 * What Cilium's HTTP proxy recorded of a message ({@code LogRecordHTTP} of pkg/proxy/accesslog).
 * Nobody who may read flows shall log in by them: credentials are left out here, for all readers.
 */
final class AccessLogHttp {
  /** Stands for what is left out, as in Hubble. */
  static final String REDACTED = "HUBBLE_REDACTED";

  private static final Set<String> CREDENTIALS =
      Set.of("authorization", "proxy-authorization", "cookie", "set-cookie");

  private static final int MAX_METHOD = 32;
  private static final int MAX_URL = 4096;
  private static final int MAX_VALUE = 1024;
  private static final int MAX_HEADERS = 128;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private AccessLogHttp() {}

  /**
   * {@code http}: fields by name, as {@link Gob} reads them; what is missing is zero.
   *
   * @param timestamp of the record, RFC 3339
   */
  static HttpMessage of(Map<?, ?> http, boolean isResponse, String timestamp) {
    long code = http.get("Code") instanceof Long number ? number : 0;
    return new HttpMessage(
        isResponse && code > 0 && code <= 999 ? (int) code : 0,
        text(http.get("Method"), MAX_METHOD),
        // The original hands its URL to gob as text in bytes (encoding.BinaryMarshaler).
        http.get("URL") instanceof byte[] url
            ? SafeText.TEXT.of(withoutPassword(new String(url, StandardCharsets.UTF_8)), MAX_URL)
            : "",
        text(http.get("Protocol"), MAX_METHOD),
        headers(http.get("Headers")),
        timeNs(timestamp));
  }

  private static String text(@Nullable Object value, int longest) {
    return value instanceof String text ? SafeText.TEXT.of(text, longest) : "";
  }

  private static List<HttpMessage.Header> headers(@Nullable Object of) {
    List<HttpMessage.Header> headers = new ArrayList<>();
    if (of instanceof Map<?, ?> map) {
      map.forEach((name, values) -> {
        if (name instanceof String key && values instanceof List<?> list) {
          boolean isSecret = CREDENTIALS.contains(key.toLowerCase(Locale.ROOT));
          for (Object value : list) {
            headers.add(
                new HttpMessage.Header(
                    text(key, MAX_VALUE), isSecret ? REDACTED : text(value, MAX_VALUE)));
          }
        }
      });
    }
    headers.sort(Comparator.comparing(HttpMessage.Header::name)); // a map of Go's has no order
    return headers.size() > MAX_HEADERS ? headers.subList(0, MAX_HEADERS) : headers;
  }

  /** {@code scheme://user:password@host/…}, RFC 3986, section 3.2. */
  private static String withoutPassword(String url) {
    int from = url.indexOf('/') + 2;
    if (!url.startsWith("//", from - 2)) {
      return url; // a path alone
    }
    int end = from;
    while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
      end++;
    }
    int at = url.lastIndexOf('@', end - 1);
    int colon = url.indexOf(':', from);
    if (at < from || colon < 0 || colon > at) {
      return url;
    }
    return url.substring(0, colon + 1) + REDACTED + url.substring(at);
  }

  private static long timeNs(String timestamp) {
    try {
      Instant time = Instant.parse(timestamp);
      return Math.addExact(
          Math.multiplyExact(time.getEpochSecond(), NANOS_PER_SECOND), time.getNano());
    } catch (DateTimeException | ArithmeticException e) {
      return 0;
    }
  }
}
