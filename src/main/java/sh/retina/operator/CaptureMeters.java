package sh.retina.operator;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureStatus;

/**
 * What the status of each Capture says, summed by namespace. A namespace with a Capture shows every
 * state, so that none is absent where it is zero. In the pod that leads only. Thread-safe.
 */
final class CaptureMeters implements MultiCollector {
  private static final String UNKNOWN = "unknown";

  private volatile Supplier<List<Capture>> captures = List::of;

  /** How far a Capture came. */
  enum Progress {
    WAITING,
    ACTIVE,
    COMPLETED,
    FAILED;

    static Progress of(@Nullable CaptureStatus status) {
      if (has(status, "error")) {
        return FAILED;
      }
      if (has(status, "complete")) {
        return COMPLETED;
      }
      return status != null && number(status.active()) > 0 ? ACTIVE : WAITING;
    }

    private static boolean has(@Nullable CaptureStatus status, String condition) {
      return status != null
          && status.conditions() != null
          && status.conditions().stream()
              .anyMatch(one -> condition.equals(one.getType()) && "True".equals(one.getStatus()));
    }
  }

  /** {@code now}: asked at each scrape for those that there are. */
  void show(Supplier<List<Capture>> now) {
    captures = now;
  }

  @Override
  public MetricSnapshots collect() {
    Sums sums = new Sums();
    captures.get().forEach(sums::add);
    return new MetricSnapshots(sums.snapshots());
  }

  private static int number(@Nullable Integer count) {
    return count == null ? 0 : count;
  }

  /** Values by metric and labels. */
  private static final class Sums {
    private final Map<OperatorMetric, Map<List<String>, Long>> values = new TreeMap<>();

    void add(Capture capture) {
      String namespace = capture.getMetadata().getNamespace();
      CaptureStatus status = capture.getStatus();
      Progress reached = Progress.of(status);
      for (Progress progress : Progress.values()) {
        add(
            OperatorMetric.CAPTURES,
            progress == reached ? 1 : 0,
            namespace,
            progress.name().toLowerCase(Locale.ROOT));
      }
      jobs(namespace, "active", status == null ? null : status.active());
      jobs(namespace, "succeeded", status == null ? null : status.succeeded());
      jobs(namespace, "failed", status == null ? null : status.failed());
      if (status != null && status.outputs() != null) {
        status.outputs().forEach(file -> file(namespace, file));
      }
    }

    private void jobs(String namespace, String state, @Nullable Integer count) {
      add(OperatorMetric.CAPTURE_JOBS, number(count), namespace, state);
    }

    private void file(String namespace, CaptureStatus.File file) {
      String type = file.type() == null ? UNKNOWN : file.type();
      boolean failed = file.error() != null;
      add(OperatorMetric.CAPTURE_FILES, failed ? 0 : 1, namespace, type, "written");
      add(OperatorMetric.CAPTURE_FILES, failed ? 1 : 0, namespace, type, "failed");
      Long size = file.size();
      add(OperatorMetric.CAPTURE_FILE_BYTES, failed || size == null ? 0 : size, namespace, type);
    }

    private void add(OperatorMetric metric, long value, String... labels) {
      values.computeIfAbsent(metric, _ -> new HashMap<>()).merge(List.of(labels), value, Long::sum);
    }

    List<MetricSnapshot> snapshots() {
      List<MetricSnapshot> snapshots = new ArrayList<>();
      values.forEach((metric, rows) -> {
        List<GaugeDataPointSnapshot> points = new ArrayList<>();
        rows.forEach((labels, value) ->
            points.add(
                new GaugeDataPointSnapshot(value, Labels.of(metric.labels(), labels), null)));
        snapshots.add(
            new GaugeSnapshot(new MetricMetadata(metric.exposed(), metric.help()), points));
      });
      return snapshots;
    }
  }
}
