package sh.retina.agent.configmap;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the keys of Retina's {@code config.yaml} are here. Keys are compared without case, as viper
 * does. Values are handed on as they are where both sides mean the same, so that the check of the
 * configuration names what is wrong with them.
 *
 * @param properties ours, by name
 * @param notes what has no effect here or is not known, a line each
 */
record ConfigMapKeys(Map<String, Object> properties, List<String> notes) {
  private static final String METRICS_INTERVAL = "retina.metrics-interval";
  private static final String SELECT_BY = "retina.kubernetes.select-by";

  /** Known there, and why nothing comes of them here; they are only named when they are set. */
  private static final Map<String, String> WITHOUT_EFFECT =
      Map.ofEntries(
          Map.entry("enabletelemetry", "nothing is ever sent to anybody"),
          Map.entry("telemetryinterval", "nothing is ever sent to anybody"),
          Map.entry("enableconntrackmetrics", "connections are counted always"),
          Map.entry("packetparserringbuffer", "events always come through a ring"),
          Map.entry("filtermapmaxentries", "maps of the kernel are sized by what is in them"),
          Map.entry("enableretinaendpoint", "a pod's owner comes from the pod itself"));

  private static final Pattern GO_DURATION =
      Pattern.compile("([0-9]*\\.?[0-9]+)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Long> UNIT_NS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  /** {@code file}: the YAML document; nested maps, lists and scalars. */
  static ConfigMapKeys of(Map<String, Object> file) {
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> notes = new ArrayList<>();
    flat("", file)
        .forEach((key, value) -> {
          if (!value.toString().isEmpty()) {
            translate(key, value, properties, notes);
          }
        });
    return new ConfigMapKeys(properties, notes);
  }

  private static void translate(
      String key, Object value, Map<String, Object> properties, List<String> notes) {
    String text = value.toString().strip();
    switch (key.toLowerCase(Locale.ROOT)) {
      case "apiserver.host" -> properties.put("server.address", text);
      case "apiserver.port" -> properties.put("retina.http.port", text);
      case "loglevel" -> properties.put("logging.level.sh.retina", level(text));
      case "enabledplugin" -> properties.put("retina.plugins", list(value));
      case "metricsintervalduration" -> properties.put(METRICS_INTERVAL, duration(text));
      // Seconds, or a duration as the chart writes it; the newer key counts where both are there.
      case "metricsinterval" ->
          properties.putIfAbsent(
              METRICS_INTERVAL, text.matches("[0-9]+") ? text + "s" : duration(text));
      case "enablepodlevel" -> properties.put("retina.pod-level.enabled", text);
      case "remotecontext" ->
          properties.put(
              "retina.pod-level.context", Boolean.parseBoolean(text) ? "remote" : "local");
      case "dataaggregationlevel" ->
          properties.put(
              "retina.data-aggregation-level", text.equalsIgnoreCase("high") ? "high" : "low");
      case "datasamplingrate" ->
          properties.put("retina.sampling-rate", text.equals("0") ? "1" : text);
      case "conntrackreportinterval" ->
          properties.put("retina.report-interval", atLeastASecond(duration(text)));
      case "packetparserringbuffersize" ->
          properties.put("retina.packetparser.ring-size", text + "B");
      case "enabletcx" ->
          properties.put("retina.tc-attach", text.equalsIgnoreCase("off") ? "clsact" : text);
      case "enableannotations" -> {
        if (Boolean.parseBoolean(text)) {
          properties.putIfAbsent(SELECT_BY, "annotations");
        }
      }
      // Everything is of interest, whatever else is chosen.
      case "bypasslookupipofinterest" -> {
        if (Boolean.parseBoolean(text)) {
          properties.put(SELECT_BY, "");
        }
      }
      case "monitorsockpath" -> properties.put("retina.ciliumeventobserver.socket", text);
      case String other -> {
        String why = WITHOUT_EFFECT.get(other);
        notes.add(key + (why == null ? ": no such key" : " has no effect here: " + why));
      }
    }
  }

  /** The last word counts where a shorter key was read before. */
  private static Map<String, Object> flat(String prefix, Map<?, ?> map) {
    Map<String, Object> flat = new LinkedHashMap<>();
    map.forEach((key, value) -> {
      String name = prefix + key;
      if (value instanceof Map<?, ?> nested) {
        flat.putAll(flat(name + ".", nested));
      } else if (value != null) {
        flat.put(name, value);
      }
    });
    return flat;
  }

  private static String list(Object value) {
    if (value instanceof List<?> items) {
      return String.join(",", items.stream().map(String::valueOf).toList());
    }
    return value.toString();
  }

  /** zap's names; what ends a program there is an error here. */
  private static String level(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "panic", "fatal", "dpanic" -> "error";
      case String same -> same;
    };
  }

  /** Go writes {@code 1m30s}; Spring reads one number with one unit. Others stay as they are. */
  private static String duration(String text) {
    Matcher part = GO_DURATION.matcher(text);
    BigDecimal ns = BigDecimal.ZERO;
    int end = 0;
    while (part.find() && part.start() == end) {
      end = part.end();
      ns =
          ns.add(
              new BigDecimal(part.group(1))
                  .multiply(BigDecimal.valueOf(UNIT_NS.getOrDefault(part.group(2), 0L))));
    }
    return end == 0 || end < text.length() ? text : ns.toBigInteger() + "ns";
  }

  /** Below a second it is the default there. */
  private static String atLeastASecond(String duration) {
    String ns = duration.replaceFirst("ns$", "");
    return ns.matches("[0-9]{1,9}") ? Duration.ofSeconds(30).toNanos() + "ns" : duration;
  }
}
