package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sh.retina.pipeline.Exemplar;
import sh.retina.pipeline.Latencies;
import sh.retina.pipeline.LatencyBuckets;
import sh.retina.pipeline.PodSeries;
import sh.retina.pipeline.SeriesFamily;

/**
 * The pod-level tables as Prometheus's protobuf, for who asks for native histograms: a histogram
 * has its classic buckets too. Row by row as {@link PodSeriesText}; the bytes of one metric are in
 * memory at a time, as its length comes first. Thread-safe.
 *
 * @see <a href="https://github.com/prometheus/client_model">metrics.proto</a>
 */
final class PodSeriesProtobuf {
  // MetricFamily
  private static final int NAME = 1;
  private static final int HELP = 2;
  private static final int TYPE = 3;
  private static final int METRIC = 4;
  private static final int COUNTER_TYPE = 0;
  private static final int UNTYPED_TYPE = 3;
  private static final int HISTOGRAM_TYPE = 4;
  // Metric
  private static final int LABEL = 1;
  private static final int COUNTER = 3;
  private static final int UNTYPED = 5;
  private static final int HISTOGRAM = 7;
  // Histogram
  private static final int COUNT = 1;
  private static final int SUM = 2;
  private static final int BUCKET = 3;
  private static final int SCHEMA = 5;
  private static final int ZERO_THRESHOLD = 6;
  private static final int ZERO_COUNT = 7;
  private static final int SPAN = 12;
  private static final int DELTA = 13;

  private final PodSeries series;
  private final Naming naming;

  PodSeriesProtobuf(PodSeries series, Naming naming) {
    this.series = series;
    this.naming = naming;
  }

  /** Writes all series and leaves the stream open; {@code included} takes the name as shown. */
  void write(OutputStream out, Predicate<String> included) throws IOException {
    ProtobufBytes bytes = new ProtobufBytes();
    for (SeriesFamily family : SeriesFamily.values()) {
      List<MetricName> metrics = SeriesMeters.metricsOf(family);
      for (int column = 0; column < metrics.size(); column++) {
        for (Naming.Shown shown : naming.shown(metrics.get(column))) {
          PodSeries.Reading reading = series.reading(family);
          if (included.test(shown.name()) && reading.rows() > 0) {
            ByteChunks whole = metric(bytes, reading, shown, column);
            ProtobufBytes.varint(out, whole.size());
            for (byte[] chunk : whole.chunks()) {
              out.write(chunk);
            }
          }
        }
      }
    }
  }

  private static ByteChunks metric(
      ProtobufBytes bytes, PodSeries.Reading reading, Naming.Shown shown, int column) {
    ByteChunks whole = new ByteChunks();
    boolean counter = shown.type().equals("counter");
    boolean histogram = shown.type().equals("histogram");
    bytes.text(NAME, shown.name());
    bytes.text(HELP, shown.help());
    bytes.number(TYPE, histogram ? HISTOGRAM_TYPE : counter ? COUNTER_TYPE : UNTYPED_TYPE);
    SeriesLabel[] labels = SeriesLabel.sorted(reading.labelNames());
    if (histogram) {
      reading.readTimes((values, times) -> {
        int row = row(bytes, labels, values);
        histogram(bytes, times);
        bytes.end(row);
        bytes.drainTo(whole);
      });
    } else {
      reading.readCounts((values, columns, exemplar) -> {
        int row = row(bytes, labels, values);
        int value = bytes.begin(counter ? COUNTER : UNTYPED);
        bytes.real(1, columns[column]);
        if (counter && column == 0) {
          exemplar(bytes, 2, exemplar, 1);
        }
        bytes.end(value);
        bytes.end(row);
        bytes.drainTo(whole);
      });
    }
    bytes.drainTo(whole);
    return whole;
  }

  private static int row(ProtobufBytes bytes, SeriesLabel[] labels, String[] values) {
    int row = bytes.begin(METRIC);
    for (SeriesLabel label : labels) {
      label(bytes, label.name(), values[label.index()]);
    }
    return row;
  }

  private static void label(ProtobufBytes bytes, String name, String value) {
    int label = bytes.begin(LABEL);
    bytes.text(1, name);
    bytes.text(2, value);
    bytes.end(label);
  }

  private static void histogram(ProtobufBytes bytes, Latencies times) {
    int histogram = bytes.begin(HISTOGRAM);
    bytes.number(COUNT, times.count());
    bytes.real(SUM, times.sumNs() / LatencySnapshots.NS_PER_SECOND);
    classic(bytes, times);
    bytes.signed(SCHEMA, LatencyBuckets.NATIVE_SCHEMA);
    bytes.real(ZERO_THRESHOLD, LatencyBuckets.ZERO_SECONDS);
    bytes.number(ZERO_COUNT, times.nativeBucket(0));
    natives(bytes, times);
    bytes.end(histogram);
  }

  private static void classic(ProtobufBytes bytes, Latencies times) {
    Exemplar exemplar = times.exemplar();
    int at = exemplar == null ? -1 : LatencyBuckets.of(exemplar.value());
    long sum = 0;
    for (int i = 0; i < LatencyBuckets.count(); i++) {
      sum += times.classic(i);
      int bucket = bytes.begin(BUCKET);
      bytes.number(1, sum);
      bytes.real(2, LatencyBuckets.upperSeconds(i));
      exemplar(bytes, 3, i == at ? exemplar : null, LatencySnapshots.NS_PER_SECOND);
      bytes.end(bucket);
    }
  }

  /** Spans of buckets that have times, and each one's difference from the one before. */
  private static void natives(ProtobufBytes bytes, Latencies times) {
    int next = 0; // the index after the last span
    for (int from = 1; from < LatencyBuckets.nativeCount(); ) {
      int to = from;
      while (to < LatencyBuckets.nativeCount() && times.nativeBucket(to) != 0) {
        to++;
      }
      if (to > from) {
        int span = bytes.begin(SPAN);
        bytes.signed(1, LatencyBuckets.nativeIndex(from) - next);
        bytes.number(2, to - from);
        bytes.end(span);
        next = LatencyBuckets.nativeIndex(to);
      }
      from = to + 1;
    }
    long last = 0;
    for (int i = 1; i < LatencyBuckets.nativeCount(); i++) {
      long count = times.nativeBucket(i);
      if (count != 0) {
        bytes.signed(DELTA, count - last);
        last = count;
      }
    }
  }

  private static void exemplar(
      ProtobufBytes bytes, int field, @Nullable Exemplar exemplar, double divisor) {
    if (exemplar == null) {
      return;
    }
    int begun = bytes.begin(field);
    label(bytes, LatencySnapshots.LOCAL, exemplar.local());
    label(bytes, LatencySnapshots.PEER, exemplar.peer());
    bytes.real(2, exemplar.value() / divisor);
    int time = bytes.begin(3);
    bytes.number(1, exemplar.timeNs() / LatencySnapshots.NS_OF_A_SECOND);
    bytes.number(2, exemplar.timeNs() % LatencySnapshots.NS_OF_A_SECOND);
    bytes.end(time);
    bytes.end(begun);
  }
}
