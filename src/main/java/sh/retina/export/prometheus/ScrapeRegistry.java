package sh.retina.export.prometheus;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry behind {@code /metrics} and {@code /actuator/prometheus}: names metrics as
 * configured, and leaves out what fails to be read instead of failing the scrape. A failure is
 * counted each time and logged the first time that it meets a collector. Thread-safe.
 */
public final class ScrapeRegistry extends PrometheusRegistry {
  private static final Logger log = LoggerFactory.getLogger(ScrapeRegistry.class);
  private static final String COUNTER_SUFFIX = "_total";

  private final Naming naming;
  private final AtomicLong failures = new AtomicLong();
  private final Set<Object> reported = ConcurrentHashMap.newKeySet();
  private final Map<Collector, Guarded> single = new ConcurrentHashMap<>();
  private final Map<MultiCollector, GuardedMulti> multi = new ConcurrentHashMap<>();

  public ScrapeRegistry(Naming naming) {
    this.naming = naming;
  }

  /** Collectors that were left out of a scrape so far, each time counted. */
  public long failures() {
    return failures.get();
  }

  @Override
  public void register(Collector collector) {
    super.register(single.computeIfAbsent(collector, Guarded::new));
  }

  @Override
  public void register(MultiCollector collector) {
    super.register(multi.computeIfAbsent(collector, GuardedMulti::new));
  }

  @Override
  public void unregister(Collector collector) {
    Guarded guarded = single.remove(collector);
    if (guarded != null) {
      super.unregister(guarded);
    }
  }

  @Override
  public void unregister(MultiCollector collector) {
    GuardedMulti guarded = multi.remove(collector);
    if (guarded != null) {
      super.unregister(guarded);
    }
  }

  @Override
  public void clear() {
    super.clear();
    single.clear();
    multi.clear();
  }

  // The registry's other two ways to scrape end in one of these.

  @Override
  public MetricSnapshots scrape(@Nullable PrometheusScrapeRequest request) {
    return naming.apply(super.scrape(request));
  }

  @Override
  public MetricSnapshots scrape(
      @Nullable Predicate<String> includedNames, @Nullable PrometheusScrapeRequest request) {
    MetricSnapshots all = scrape(request);
    return includedNames == null
        ? all
        : new MetricSnapshots(
            all.stream().filter(snapshot -> isIncluded(snapshot, includedNames)).toList());
  }

  /** All of it under the names of {@link MetricName}. */
  MetricSnapshots own() {
    return super.scrape((PrometheusScrapeRequest) null);
  }

  private static boolean isIncluded(MetricSnapshot snapshot, Predicate<String> includedNames) {
    String family = snapshot.getMetadata().getPrometheusName();
    return includedNames.test(family) || includedNames.test(family + COUNTER_SUFFIX);
  }

  private <T> T guard(Object collector, Supplier<T> read, T otherwise) {
    try {
      return read.get();
    } catch (RuntimeException e) {
      failures.incrementAndGet();
      if (reported.add(collector)) {
        log.warn("metrics left out of the scrape collector={}", collector, e);
      }
      return otherwise;
    }
  }

  /** A collector that cannot fail; null is client_java's word for nothing to show. */
  private final class Guarded implements Collector {
    private final Collector inner;

    Guarded(Collector inner) {
      this.inner = inner;
    }

    @Override
    @SuppressWarnings("NullAway") // as the interface's own collect(Predicate) returns null
    public MetricSnapshot collect() {
      return ScrapeRegistry.this.<@Nullable MetricSnapshot>guard(inner, inner::collect, null);
    }

    @Override
    public MetricFamilyDescriptor getMetricFamilyDescriptor() {
      return inner.getMetricFamilyDescriptor();
    }
  }

  private final class GuardedMulti implements MultiCollector {
    private final MultiCollector inner;

    GuardedMulti(MultiCollector inner) {
      this.inner = inner;
    }

    @Override
    public MetricSnapshots collect() {
      return guard(inner, inner::collect, new MetricSnapshots());
    }

    @Override
    public List<MetricFamilyDescriptor> getMetricFamilyDescriptors() {
      return inner.getMetricFamilyDescriptors();
    }
  }
}
