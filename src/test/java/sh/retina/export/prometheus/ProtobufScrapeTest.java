package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.expositionformats.generated.com_google_protobuf_4_35_0.Metrics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.Traffic;

/**
 * What a scrape by protobuf says, read with client_java's own messages, which carry the version of
 * protobuf in their package's name.
 */
class ProtobufScrapeTest {
  private static final long NOW_NS = 1_700_000_000_123_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private static Agent agent(Naming naming) {
    return new Agent(naming, PodLevel.Context.REMOTE).withTraffic().withDns().withSockets();
  }

  private static List<Metrics.MetricFamily> families(Agent agent, String... names) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<Metrics.MetricFamily> families = new ArrayList<>();
    try {
      agent.scrape.write(out, Scrape.PROTOBUF, Set.of(names));
      ByteArrayInputStream in = new ByteArrayInputStream(out.toByteArray());
      while (in.available() > 0) {
        families.add(Metrics.MetricFamily.parseDelimitedFrom(in));
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return families;
  }

  private static Metrics.MetricFamily family(Agent agent, String name) {
    List<Metrics.MetricFamily> found =
        families(agent).stream().filter(family -> family.getName().equals(name)).toList();
    assertThat(found).as(name).hasSize(1);
    return found.getFirst();
  }

  @ParameterizedTest
  @EnumSource(Naming.class)
  void shouldSayWhatTheTextSays(Naming naming) {
    Agent agent = agent(naming);
    Map<String, Double> fromText = fromText(agent.text());
    Map<String, Double> fromProtobuf = new TreeMap<>();
    for (Metrics.MetricFamily family : families(agent)) {
      assertThat(family.getHelp()).as(family.getName()).isNotEmpty();
      family.getMetricList().forEach(metric -> put(fromProtobuf, family, metric));
    }

    // What the JVM counts meanwhile is not the same twice.
    fromText.keySet().removeIf(name -> name.startsWith("jvm_") || name.startsWith("process_"));
    fromProtobuf.keySet().removeIf(name -> name.startsWith("jvm_") || name.startsWith("process_"));
    assertThat(fromProtobuf).containsExactlyInAnyOrderEntriesOf(fromText);
    assertThat(fromProtobuf).hasSizeGreaterThan(200);
  }

  private static void put(
      Map<String, Double> all, Metrics.MetricFamily family, Metrics.Metric metric) {
    String labels = labels(metric.getLabelList());
    String name = family.getName();
    switch (family.getType()) {
      case COUNTER -> all.put(key(name, labels), metric.getCounter().getValue());
      case GAUGE -> all.put(key(name, labels), metric.getGauge().getValue());
      case UNTYPED -> all.put(key(name, labels), metric.getUntyped().getValue());
      case HISTOGRAM -> {
        Metrics.Histogram histogram = metric.getHistogram();
        all.put(key(name + "_count", labels), (double) histogram.getSampleCount());
        all.put(key(name + "_sum", labels), histogram.getSampleSum());
        for (Metrics.Bucket bucket : histogram.getBucketList()) {
          String bound =
              bucket.getUpperBound() == Double.POSITIVE_INFINITY
                  ? "+Inf"
                  : bucket.getUpperBound() + "";
          String le = "le=" + bound;
          all.put(
              key(name + "_bucket", labels.isEmpty() ? le : labels + "," + le),
              (double) bucket.getCumulativeCount());
        }
      }
      default -> throw new AssertionError(family.getType());
    }
  }

  private static String key(String name, String labels) {
    return name + "{" + labels + "}";
  }

  private static String labels(List<Metrics.LabelPair> labels) {
    return labels.stream()
        .map(label -> label.getName() + "=" + label.getValue())
        .collect(Collectors.joining(","));
  }

  private static Map<String, Double> fromText(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("#"))
        .collect(
            Collectors.toMap(
                line -> {
                  String key = line.substring(0, line.lastIndexOf(' ')).replace("\"", "");
                  return key.contains("{") ? key : key + "{}";
                },
                line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)),
                (_, second) -> second,
                TreeMap::new));
  }

  @Test
  void shouldSendOnlyWhatIsAskedFor() {
    assertThat(
            families(
                agent(Naming.RETINA), "retina_pod_tcp_flags_total", "retina_agent_queue_bytes"))
        .extracting(Metrics.MetricFamily::getName)
        .containsExactly("retina_pod_tcp_flags_total", "retina_agent_queue_bytes");
  }

  /** Recounts the buckets from spans and deltas as Prometheus does. */
  @Test
  void shouldHaveNativeBucketsThatHoldEveryTime() {
    Agent agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL);
    Map<Integer, Long> truth = new TreeMap<>();
    long tiny = 0;
    for (long ns : new Random(3).longs(2_000, 1, 15 * SECOND).toArray()) {
      long time = ns >> (ns & 31); // from seconds down to below the zero bucket
      agent.aggregate.accept(answer(Math.max(1, time), NOW_NS));
      double seconds = Math.max(1, time) / 1e9;
      if (seconds <= 0x1p-18) {
        tiny++;
      } else {
        truth.merge((int) Math.ceil(Math.log(seconds) / Math.log(2) * 4), 1L, Long::sum);
      }
    }

    Metrics.Histogram histogram =
        family(agent, "retina_pod_tcp_rtt_seconds").getMetric(0).getHistogram();

    assertThat(histogram.getSchema()).isEqualTo(2);
    assertThat(histogram.getZeroThreshold()).isEqualTo(0x1p-18);
    assertThat(histogram.getZeroCount()).isEqualTo(tiny).isPositive();
    assertThat(buckets(histogram)).isEqualTo(truth);
    assertThat(histogram.getSampleCount()).isEqualTo(2_000);
    assertThat(histogram.getPositiveSpanCount()).isPositive();
  }

  private static Map<Integer, Long> buckets(Metrics.Histogram histogram) {
    Map<Integer, Long> buckets = new TreeMap<>();
    int index = 0;
    int delta = 0;
    long count = 0;
    for (Metrics.BucketSpan span : histogram.getPositiveSpanList()) {
      index += span.getOffset();
      for (int i = 0; i < span.getLength(); i++) {
        count += histogram.getPositiveDelta(delta++);
        buckets.put(index++, count);
      }
    }
    assertThat(delta).isEqualTo(histogram.getPositiveDeltaCount());
    return buckets;
  }

  private static Observation answer(long rttNs, long timeNs) {
    Observation o =
        Traffic.forwarded(ObservationPoint.TO_ENDPOINT, Traffic.FAR_POD, Traffic.CLIENT, 1);
    o.rttNs = rttNs;
    o.timeNs = timeNs;
    o.sourceLow = 0xffff_0a00_0009L;
    o.sourcePort = 443;
    o.destinationLow = 0xffff_0a00_0002L;
    o.destinationPort = 40_000;
    return o;
  }

  @Test
  void shouldNameTheFlowOfTheLongestTimeInItsBucket() {
    Agent agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL);
    agent.aggregate.accept(answer(300_000, NOW_NS));
    agent.aggregate.accept(answer(7_000_000, NOW_NS));
    agent.aggregate.accept(answer(400_000, NOW_NS));

    Metrics.Histogram histogram =
        family(agent, "retina_pod_tcp_rtt_seconds").getMetric(0).getHistogram();
    List<Metrics.Bucket> named =
        histogram.getBucketList().stream().filter(Metrics.Bucket::hasExemplar).toList();

    assertThat(named).hasSize(1);
    assertThat(named.getFirst().getUpperBound()).isEqualTo(0.01);
    Metrics.Exemplar exemplar = named.getFirst().getExemplar();
    assertThat(labels(exemplar.getLabelList())).isEqualTo("local=10.0.0.2:40000,peer=10.0.0.9:443");
    assertThat(exemplar.getValue()).isEqualTo(0.007);
    assertThat(exemplar.getTimestamp().getSeconds()).isEqualTo(1_700_000_000L);
    assertThat(exemplar.getTimestamp().getNanos()).isEqualTo(123_000_000);
    assertThat(agent.text(Scrape.OPENMETRICS))
        .contains(
            "le=\"0.01\"} 3 # {local=\"10.0.0.2:40000\",peer=\"10.0.0.9:443\"} 0.007"
                + " 1700000000.123\n");
    assertThat(agent.text()).doesNotContain("peer=");
  }

  @Test
  void shouldNameTheFlowThatLostMostPackets() {
    Agent agent = new Agent(Naming.BOTH, PodLevel.Context.LOCAL).withTraffic();

    Metrics.MetricFamily drops = family(agent, "retina_pod_packets_dropped_total");
    assertThat(drops.getMetric(0).getCounter().getExemplar().getValue()).isEqualTo(3);
    assertThat(family(agent, "retina_pod_dropped_bytes_total").getMetric(0).getCounter())
        .matches(counter -> !counter.hasExemplar());
    assertThat(agent.text(Scrape.OPENMETRICS))
        .containsPattern("\nretina_pod_packets_dropped_total\\{.*} 3\\.0 # \\{local=.*} 3\\.0 ")
        .doesNotContainPattern("\nnetworkobservability_adv_drop_count.*# ");
  }

  @Test
  void shouldWriteLongAndForeignValuesWhole() {
    Agent agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL);
    String name = "ü".repeat(400);
    agent.aggregate.accept(
        Traffic.forwarded(
            ObservationPoint.FROM_ENDPOINT,
            Traffic.pod("a\"b", name, "10.0.0.9", Traffic.HERE),
            Traffic.SERVER,
            1));

    assertThat(
            labels(family(agent, "retina_pod_packets_forwarded_total").getMetric(0).getLabelList()))
        .contains("namespace=a\"b,podname=" + name + ",");
  }
}
