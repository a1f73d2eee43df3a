package sh.retina.agent;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import sh.retina.guard.Detail;
import sh.retina.guard.Ladder;
import sh.retina.guard.OverheadGuard;
import sh.retina.plugin.PluginManager;

/**
 * What is in force of the configuration while the agent runs: plugins, their settings, and how much
 * they report, and pod-level metrics can change, all else needs a restart and is said to.
 * Thread-safe.
 */
final class ActiveConfiguration implements ConfigurationReload.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(ActiveConfiguration.class);

  /** Components of {@link RetinaProperties} that are put into force without a restart. */
  private static final Set<String> LIVE =
      Set.of(
          "plugins",
          "dataAggregationLevel",
          "reportInterval",
          "samplingRate",
          "addressesOfInterest",
          "podLevel",
          "metrics",
          "apiServer");

  private final PluginManager manager;
  private final OverheadGuard guard;
  private final LongAdder applied = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final List<Consumer<RetinaProperties>> listeners = new CopyOnWriteArrayList<>();
  private volatile RetinaProperties properties;

  ActiveConfiguration(RetinaProperties properties, PluginManager manager, OverheadGuard guard) {
    this.properties = properties;
    this.manager = manager;
    this.guard = guard;
  }

  /** As of the start or of the last change. */
  RetinaProperties properties() {
    return properties;
  }

  /** Is told what is in force from now on. */
  void onChange(Consumer<RetinaProperties> listener) {
    listeners.add(listener);
  }

  /** Changes that came into force. */
  long applied() {
    return applied.sum();
  }

  /** Changes with faults. */
  long refused() {
    return refused.sum();
  }

  @Override
  public synchronized void changed(Environment environment) {
    RetinaProperties wanted =
        Binder.get(environment).bindOrCreate("retina", RetinaProperties.class);
    List<String> waiting = needRestart(properties, wanted);
    if (!waiting.isEmpty()) {
      LOG.warn("changed, but in force only after a restart: {}", String.join(", ", waiting));
    }
    Detail before = detail(properties);
    if (!wanted.interest().equals(properties.interest())) {
      manager.interest(wanted.interest());
    }
    manager.apply(Plugins.of(wanted, environment).enabled());
    if (!detail(wanted).equals(before)) {
      guard.configure(Ladder.below(detail(wanted)));
    }
    listeners.forEach(listener -> listener.accept(wanted));
    properties = wanted;
    applied.increment();
    LOG.info("the configuration was read again: plugins={}", wanted.plugins());
  }

  @Override
  public void refused(List<String> faults) {
    refused.increment();
  }

  private static Detail detail(RetinaProperties of) {
    return new Detail(
        of.dataAggregationLevel() == RetinaProperties.AggregationLevel.LOW,
        of.reportInterval(),
        of.samplingRate());
  }

  private static List<String> needRestart(RetinaProperties now, RetinaProperties wanted) {
    List<String> changed = new ArrayList<>();
    for (RecordComponent component : RetinaProperties.class.getRecordComponents()) {
      if (!LIVE.contains(component.getName())
          && !Objects.equals(value(component, now), value(component, wanted))) {
        changed.add("retina." + ConfigurationCheck.kebab(component.getName()));
      }
    }
    if (now.metrics().naming() != wanted.metrics().naming()) {
      changed.add("retina.metrics.naming");
    }
    return changed;
  }

  private static Object value(RecordComponent component, RetinaProperties of) {
    try {
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component.getName(), e);
    }
  }
}
