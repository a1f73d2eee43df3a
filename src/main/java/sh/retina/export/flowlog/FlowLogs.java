package sh.retina.export.flowlog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * The exports of flows to files: one by the agent's own configuration, others by a file that is
 * read again each 5 s. A file that cannot be used leaves what runs. Thread-safe.
 */
public final class FlowLogs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlowLogs.class);
  private static final int READ_SECONDS = 5;

  /** A name that none of the file has. */
  private static final String STATIC = "";

  private final FlowLogProperties properties;
  private final FlowNode node;
  private final FlowSource source;
  private final InstantSource clock;
  private final Map<String, FlowLog> running = new LinkedHashMap<>();
  private final Map<String, FlowLogSpec> wanted = new LinkedHashMap<>();
  private final Map<String, Long> changes = new LinkedHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("flow-log").factory());
  private String lastText = "";
  private String complaint = "";
  private long configHash;
  private Instant applied = Instant.EPOCH;

  /** Starts what is configured. */
  public FlowLogs(
      FlowLogProperties properties, FlowNode node, FlowSource source, InstantSource clock) {
    this.properties = properties;
    this.node = node;
    this.source = source;
    this.clock = clock;
    for (String change : List.of("add", "update", "remove", "failure")) {
      changes.put(change, 0L);
    }
    for (FlowLogSpec spec : properties.specs()) {
      running.put(STATIC, new FlowLog(spec, node, source, clock));
    }
    read();
    var _ = timer.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    if (properties.config().isPresent()) {
      var _ =
          timer.scheduleWithFixedDelay(this::read, READ_SECONDS, READ_SECONDS, TimeUnit.SECONDS);
    }
  }

  private synchronized void tick() {
    running.values().forEach(FlowLog::tick);
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
        running.put(spec.name(), new FlowLog(spec, node, source, clock));
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
      running.values().forEach(FlowLog::close);
      running.clear();
    }
  }
}
