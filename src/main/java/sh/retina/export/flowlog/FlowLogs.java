package sh.retina.export.flowlog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.flow.FlowNode;
import sh.retina.pipeline.FlowSource;

/**
 * The exports of flows: by the agent's own configuration, by a file that is read again each 5 s,
 * and by what users ask the cluster for. A file that cannot be used leaves what runs. Thread-safe.
 */
public final class FlowLogs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowLogs.class);
  private static final int READ_SECONDS = 5;

  private final FlowLogProperties properties;
  private final FlowNode node;
  private final FlowSource source;
  private final InstantSource clock;
  private final Path positions;
  private final ExportCounts counts;
  private final List<FlowLog> fixed = new ArrayList<>();
  private final Map<String, FlowLog> running = new LinkedHashMap<>();
  private final Map<FlowLogSpec.Target, FlowLog> traces = new LinkedHashMap<>();
  private final Map<String, FlowLogSpec> wanted = new LinkedHashMap<>();
  private final Map<String, Long> changes = new LinkedHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("flow-log").factory());
  private String lastText = "";
  private String complaint = "";
  private long configHash;
  private Instant applied = Instant.EPOCH;

  /**
   * Starts what is configured.
   *
   * @param positions directory for the positions of exports that are no files
   * @param counts of what goes wrong
   */
  public FlowLogs(
      FlowLogProperties properties,
      FlowNode node,
      FlowSource source,
      InstantSource clock,
      Path positions,
      ExportCounts counts) {
    this.properties = properties;
    this.node = node;
    this.source = source;
    this.clock = clock;
    this.positions = positions;
    this.counts = counts;
    for (String change : List.of("add", "update", "remove", "failure")) {
      changes.put(change, 0L);
    }
    for (FlowLogSpec spec : properties.specs()) {
      fixed.add(log(spec));
    }
    read();
    var _ = timer.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    if (properties.config().isPresent()) {
      var _ =
          timer.scheduleWithFixedDelay(this::read, READ_SECONDS, READ_SECONDS, TimeUnit.SECONDS);
    }
  }

  private FlowLog log(FlowLogSpec spec) {
    return new FlowLog(spec, node, source, clock, positions, counts);
  }

  private synchronized void tick() {
    all()
        .forEach(log -> {
          if (log.spec().isRemote()) {
            Thread.ofVirtual().name("flow-log-send").start(log::tick); // may take its time
          } else {
            log.tick();
          }
        });
  }

  private List<FlowLog> all() {
    List<FlowLog> all = new ArrayList<>(fixed);
    all.addAll(running.values());
    all.addAll(traces.values());
    return all;
  }

  /**
   * Exports what users of the cluster ask for, from now on; what is no longer wanted ends.
   *
   * @param wanted what goes where, each without an end; a flow that several choices want goes once
   */
  public synchronized void trace(Map<FlowLogSpec.Target, List<FlowChoice>> wanted) {
    for (FlowLogSpec.Target target : List.copyOf(traces.keySet())) {
      FlowLog log = traces.get(target);
      if (log != null && !log.spec().choices().equals(wanted.get(target))) {
        traces.remove(target);
        log.close();
      }
    }
    wanted.forEach((target, choices) -> {
      if (!traces.containsKey(target)) {
        traces.put(
            target,
            log(
                new FlowLogSpec(
                    "traces", target, List.of(), List.of(), Duration.ZERO, choices, null)));
      }
    });
  }

  /** Takes what the file says now. */
  synchronized void read() {
    Path file = properties.config().orElse(null);
    if (file == null) {
      return;
    }
    try {
      String text = Files.readString(file);
      if (!text.equals(lastText)) {
        lastText = text;
        apply(FlowLogFile.parse(text));
        CRC32 hash = new CRC32();
        hash.update(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        configHash = hash.getValue();
        applied = clock.instant();
        complaint = "";
      }
    } catch (IOException | IllegalArgumentException e) {
      changed("failure");
      if (!e.toString().equals(complaint)) {
        complaint = e.toString();
        LOG.error("retina.hubble.export.config-path: {} is not used: {}", file, complaint);
      }
    }
    endWhatHasEnded();
  }

  private void apply(List<FlowLogSpec> specs) {
    List<String> names = specs.stream().map(FlowLogSpec::name).toList();
    for (String name : new ArrayList<>(wanted.keySet())) {
      if (!names.contains(name)) {
        wanted.remove(name);
        stop(name);
        changed("remove");
      }
    }
    for (FlowLogSpec spec : specs) {
      FlowLogSpec before = wanted.put(spec.name(), spec);
      if (spec.equals(before)) {
        continue;
      }
      changed(before == null ? "add" : "update");
      stop(spec.name());
      if (!spec.hasEnded(clock.instant())) {
        running.put(spec.name(), log(spec));
      }
    }
  }

  private void endWhatHasEnded() {
    Instant now = clock.instant();
    for (FlowLogSpec spec : wanted.values()) {
      if (spec.hasEnded(now)) {
        stop(spec.name());
      }
    }
  }

  private void stop(String name) {
    FlowLog log = running.remove(name);
    if (log != null) {
      log.close();
    }
  }

  private void changed(String what) {
    changes.merge(what, 1L, Long::sum);
  }

  /** What Hubble shows of its dynamic exporters, in Prometheus' text format. */
  public synchronized void write(StringBuilder text) {
    if (properties.config().isEmpty()) {
      return;
    }
    long active = wanted.keySet().stream().filter(running::containsKey).count();
    String name = "hubble_dynamic_exporter_";
    text.append("# TYPE " + name + "exporters_total gauge\n");
    text.append(name + "exporters_total{status=\"active\"} " + active + "\n");
    text.append(name + "exporters_total{status=\"inactive\"} " + (wanted.size() - active) + "\n");
    text.append("# TYPE " + name + "up gauge\n");
    wanted
        .keySet()
        .forEach(each ->
            text.append(name + "up{name=\"" + each.replaceAll("[\\\\\"\n]", "_") + "\"} ")
                .append(running.containsKey(each) ? 1 : 0)
                .append('\n'));
    text.append("# TYPE " + name + "reconfigurations_total counter\n");
    changes.forEach((op, count) ->
        text.append(name + "reconfigurations_total{op=\"" + op + "\"} " + count + "\n"));
    text.append("# TYPE " + name + "config_hash gauge\n");
    text.append(name + "config_hash " + configHash + "\n");
    text.append("# TYPE " + name + "config_last_applied gauge\n");
    text.append(name + "config_last_applied " + applied.getEpochSecond() + "\n");
  }

  /** Writes what waits. */
  @Override
  public void close() {
    timer.shutdownNow();
    synchronized (this) {
      all().forEach(FlowLog::close);
      fixed.clear();
      running.clear();
      traces.clear();
    }
  }
}
