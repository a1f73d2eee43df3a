package sh.retina.flow;

import com.google.re2j.Pattern;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sh.retina.event.HttpMessage;
import sh.retina.flow.proto.EventTypeFilter;
import sh.retina.flow.proto.HTTPHeader;

/** The fields of a filter that ask about HTTP, and about the trace that its headers name. */
final class HttpFilters {
  private static final java.util.regex.Pattern STATUS_CODE =
      java.util.regex.Pattern.compile("[1-5][0-9]{2}|[1-5][0-9]?\\+");

  private static final int HEX = 16;

  private final List<FlowFilter> into;
  private final List<FlowFault> faults;

  private HttpFilters(List<FlowFilter> into, List<FlowFault> faults) {
    this.into = into;
    this.faults = faults;
  }

  static void compile(
      sh.retina.flow.proto.FlowFilter filter, List<FlowFilter> into, List<FlowFault> faults) {
    new HttpFilters(into, faults).add(filter);
  }

  private void add(sh.retina.flow.proto.FlowFilter filter) {
    int before = into.size();
    addStatusCodes(filter.getHttpStatusCodeList());
    addMethods(filter.getHttpMethodList());
    addExpressions("http_path", filter.getHttpPathList(), http -> path(http.url()));
    addExpressions("http_url", filter.getHttpUrlList(), HttpMessage::url);
    if (filter.getHttpHeaderCount() > 0) {
      Set<HttpMessage.Header> wanted = new HashSet<>();
      for (HTTPHeader header : filter.getHttpHeaderList()) {
        wanted.add(new HttpMessage.Header(header.getKey(), header.getValue()));
      }
      add(http -> http.headers().stream().anyMatch(wanted::contains));
    }
    if (into.size() > before) {
      requireLayer7(filter.getEventTypeList());
    }
    if (filter.getTraceIdCount() > 0) {
      Set<String> wanted = Set.copyOf(filter.getTraceIdList());
      add(http -> wanted.contains(http.traceId()));
    }
  }

  private void add(Predicate<HttpMessage> wanted) {
    into.add(o -> {
      HttpMessage http = o.http;
      return http != null && wanted.test(http);
    });
  }

  /** A code, or how it begins: {@code 5+}. A request has none. */
  private void addStatusCodes(List<String> texts) {
    if (texts.isEmpty()) {
      return;
    }
    List<String> starts = new ArrayList<>();
    for (String text : texts) {
      if (STATUS_CODE.matcher(text).matches()) {
        starts.add(text.replace("+", ""));
      } else {
        faults.add(
            new FlowFault("http_status_code", "not a status code or its beginning: " + text));
      }
    }
    add(http -> {
      String code = String.valueOf(http.code());
      return http.code() != 0 && starts.stream().anyMatch(code::startsWith);
    });
  }

  private void addMethods(List<String> methods) {
    if (methods.isEmpty()) {
      return;
    }
    if (methods.contains("")) {
      faults.add(new FlowFault("http_method", "empty"));
    }
    List<String> wanted = List.copyOf(methods);
    add(http -> wanted.stream().anyMatch(http.method()::equalsIgnoreCase));
  }

  private void addExpressions(
      String field, List<String> texts, Function<HttpMessage, @Nullable String> of) {
    if (texts.isEmpty()) {
      return;
    }
    List<Pattern> patterns =
        texts.stream().flatMap(text -> Expressions.compile(field, text, faults).stream()).toList();
    add(http -> {
      String text = http.url().isEmpty() ? null : of.apply(http);
      return text != null && patterns.stream().anyMatch(one -> one.matcher(text).find());
    });
  }

  private void requireLayer7(List<EventTypeFilter> types) {
    if (!types.isEmpty()
        && types.stream().noneMatch(type -> type.getType() == FlowFields.EVENT_L7)) {
      faults.add(
          new FlowFault(
              "http", "filtering by HTTP needs event type l7 where event types are given"));
    }
  }

  /** Path of an absolute URL or of a path with a query, decoded; null where it is neither. */
  static @Nullable String path(String url) {
    int query = url.indexOf('?');
    String before = query < 0 ? url : url.substring(0, query);
    if (before.startsWith("/")) {
      return decoded(before);
    }
    int scheme = before.indexOf("://");
    if (scheme <= 0) {
      return null;
    }
    int from = before.indexOf('/', scheme + 3);
    return from < 0 ? "" : decoded(before.substring(from));
  }

  /** Percent-encoding undone (RFC 3986, section 2.1); null where it is none. */
  private static @Nullable String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        out.write(bytes[i]);
        continue;
      }
      int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], HEX) : -1;
      int low = high < 0 ? -1 : Character.digit(bytes[i + 2], HEX);
      if (low < 0) {
        return null;
      }
      out.write(high << 4 | low);
      i += 2;
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
