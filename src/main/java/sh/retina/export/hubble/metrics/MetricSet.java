package sh.retina.export.hubble.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.util.retry.Retry;
import sh.retina.flow.FlowFilters;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Flow;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowSource;
import sh.retina.pipeline.FlowStart;

/**
 * The metrics that count now, and a reader of the journal for each choice of flows among them; most
 * often there is one. A metric whose choice changes goes on counting where it was. Thread-safe.
 */
final class MetricSet implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricSet.class);

  private final FlowSource source;
  private final FlowNode node;
  private final Room room;
  private final Counter lost;
  private final Map<String, Metric> metrics = new LinkedHashMap<>();
  private final Map<MetricSpec.Choice, Group> groups = new HashMap<>();

  /** Options of each metric that there has ever been: its labels stay until the agent ends. */
  private final Map<String, Map<String, String>> optionsByName = new HashMap<>();

  private record Metric(MetricSpec spec, List<Family> families, Consumer<Flow> handler) {}

  private record Group(CopyOnWriteArrayList<Consumer<Flow>> handlers, Disposable reader) {}

  MetricSet(FlowSource source, FlowNode node, Room room, Counter lost) {
    this.source = source;
    this.node = node;
    this.room = room;
    this.lost = lost;
  }

  /**
   * Counts these from now on; those that are not among them are forgotten. Throws
   * IllegalArgumentException, and leaves all as it was, where a metric has other options than
   * before or a filter cannot be used.
   */
  synchronized void apply(List<MetricSpec> specs) {
    for (MetricSpec spec : specs) {
      Map<String, String> before = optionsByName.get(spec.name());
      if (before != null && !before.equals(spec.options())) {
        throw new IllegalArgumentException(
            spec.name() + ": its contextOptions stay as they are until the agent is started anew");
      }
      filter(spec.flows());
    }
    List<String> names = specs.stream().map(MetricSpec::name).toList();
    metrics
        .values()
        .removeIf(metric -> {
          boolean goes = !names.contains(metric.spec().name());
          if (goes) {
            metric.families().forEach(family -> room.giveBack(family.size()));
          }
          return goes;
        });
    for (MetricSpec spec : specs) {
      Metric before = metrics.get(spec.name());
      if (before == null) {
        make(spec);
      } else {
        metrics.put(spec.name(), new Metric(spec, before.families(), before.handler()));
      }
    }
    regroup();
  }

  private void make(MetricSpec spec) {
    List<Family> families = new ArrayList<>();
    Optional<Consumer<Flow>> handler = new Handlers(families::add, room).of(spec);
    if (handler.isEmpty()) {
      LOG.warn("Hubble's metrics: there is no '{}' here; it is skipped", spec.name());
      return;
    }
    optionsByName.put(spec.name(), spec.options());
    metrics.put(spec.name(), new Metric(spec, families, handler.get()));
  }

  private void regroup() {
    Map<MetricSpec.Choice, List<Consumer<Flow>>> wanted = new LinkedHashMap<>();
    for (Metric metric : metrics.values()) {
      wanted.computeIfAbsent(metric.spec().flows(), _ -> new ArrayList<>()).add(metric.handler());
    }
    groups
        .entrySet()
        .removeIf(entry -> {
          boolean goes = !wanted.containsKey(entry.getKey());
          if (goes) {
            entry.getValue().reader().dispose();
          }
          return goes;
        });
    wanted.forEach((choice, handlers) -> {
      Group known = groups.get(choice);
      if (known == null) {
        CopyOnWriteArrayList<Consumer<Flow>> counting = new CopyOnWriteArrayList<>(handlers);
        groups.put(choice, new Group(counting, read(choice, counting)));
      } else {
        handlers.stream()
            .filter(one -> !known.handlers().contains(one))
            .forEach(known.handlers()::add);
        known.handlers().retainAll(handlers);
      }
    });
  }

  private Disposable read(MetricSpec.Choice choice, List<Consumer<Flow>> handlers) {
    return source
        .open(new FlowRequest(new FlowStart.Now(), filter(choice), null, true, 0))
        .retryWhen(
            Retry.backoff(Long.MAX_VALUE, Duration.ofSeconds(1))
                .maxBackoff(Duration.ofMinutes(1))
                .transientErrors(true))
        .subscribe(item -> count(item, handlers), e -> LOG.error("Hubble's metrics have ended", e));
  }

  private sh.retina.flow.FlowFilter filter(MetricSpec.Choice choice) {
    return FlowFilters.compileAll(choice.include(), choice.exclude(), node);
  }

  private void count(FlowItem item, List<Consumer<Flow>> handlers) {
    switch (item) {
      case FlowItem.Item(_, var flow) -> handlers.forEach(handler -> handler.accept(flow));
      case FlowItem.Lost(var from, var events) ->
          lost.add(List.of(from.name().toLowerCase(Locale.ROOT)), events);
    }
  }

  /** All series in Prometheus' text format. */
  synchronized void write(StringBuilder text) {
    metrics.values().forEach(metric -> metric.families().forEach(family -> family.write(text)));
  }

  @Override
  public synchronized void close() {
    groups.values().forEach(group -> group.reader().dispose());
    groups.clear();
  }
}
