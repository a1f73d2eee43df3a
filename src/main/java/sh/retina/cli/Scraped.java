package sh.retina.cli;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjDoubleConsumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The agent's own series in a scrape: few lines of many, read without a model of all. */
final class Scraped {
  private static final Pattern SERIES =
      Pattern.compile("^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ([^ ]+)( .*)?$");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_]\\w*)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final String text;

  Scraped(String text) {
    this.text = text;
  }

  /** Sum of the series with this name whose labels pass. */
  double sum(String name, Predicate<Map<String, String>> labels) {
    double[] sum = {0};
    forEach(
        name,
        (of, value) -> {
          if (labels.test(of)) {
            sum[0] += value;
          }
        });
    return sum[0];
  }

  /** Labels and value of each series with this name. */
  void forEach(String name, ObjDoubleConsumer<Map<String, String>> taker) {
    for (String line : text.lines().filter(one -> one.startsWith(name)).toList()) {
      Matcher series = SERIES.matcher(line);
      if (series.matches() && series.group(1).equals(name)) {
        taker.accept(labels(series.group(2)), Double.parseDouble(series.group(3)));
      }
    }
  }

  double sum(String name) {
    return sum(name, _ -> true);
  }

  /** By the value of one label, those of another that have the value 1: a state by who is in it. */
  Map<String, String> states(String name, String who, String state) {
    Map<String, String> found = new TreeMap<>();
    text.lines()
        .filter(line -> line.startsWith(name + "{"))
        .map(SERIES::matcher)
        .filter(Matcher::matches)
        .filter(series -> Double.parseDouble(series.group(3)) == 1)
        .map(series -> labels(series.group(2)))
        .forEach(labels -> found.put(labels.getOrDefault(who, ""), labels.getOrDefault(state, "")));
    return found;
  }

  private static Map<String, String> labels(@org.jspecify.annotations.Nullable String text) {
    Map<String, String> labels = new TreeMap<>();
    if (text != null) {
      Matcher label = LABEL.matcher(text);
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
    }
    return labels;
  }
}
