package sh.retina.pipeline;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.flow.FlowNode;
import sh.retina.identity.ContextChange;
import sh.retina.identity.ContextCodec;
import sh.retina.identity.IdentityTable;
import sh.retina.journal.Journal;
import sh.retina.journal.JournalClock;
import sh.retina.journal.JournalSettings;
import sh.retina.journal.JournalSource;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.PluginDecoders;
import sh.retina.plugin.packetparser.PacketparserPlugin;
import sh.retina.plugin.packetparser.PacketparserProperties;

/** A journal with records that packetparser could have written, and what reads it. */
abstract class JournalFixture {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final String PLUGIN = PacketparserPlugin.NAME;

  @TempDir Path directory;
  final FlowRecords records = new FlowRecords();
  final PluginDecoders decoders =
      new PluginDecoders(
          List.of(
              new PacketparserPlugin(
                  new PacketparserProperties(1024, DataSize.ofMegabytes(1)),
                  new CommonSettings(false, Duration.ofSeconds(30), 1))));
  final PipelineLedger ledger = new PipelineLedger(List.of(PLUGIN));
  final IdentityTable context = new IdentityTable();
  Instant now = Instant.parse("2026-11-23T10:00:00Z");
  final JournalClock clock = new JournalClock(() -> now, System::nanoTime);
  Journal journal;
  JournalSource source;
  JournalFlowSource flows;

  @BeforeEach
  void open() {
    open(64 << 20);
  }

  final void open(long maxBytes) {
    journal =
        Journal.open(
            new JournalSettings(directory, maxBytes, Duration.ofHours(1)),
            clock,
            () -> ContextCodec.encode(context.snapshot(), true));
    source = journal.addSource(PLUGIN, records.btf(), Map.of());
    flows =
        new JournalFlowSource(
            journal::reader,
            decoders,
            new FlowNode("node1", "", "test"),
            ledger,
            true,
            _ -> "",
            new DnsNames(8));
  }

  @AfterEach
  void close() {
    flows.close();
    journal.close();
    records.close();
  }

  /** One batch with one event; the port tells it from others. */
  void append(int port) {
    records.begin().add(0, "10.0.0.5", port);
    appendRecords();
  }

  /** One batch with all records since they were begun. */
  void appendRecords() {
    journal.append(
        source,
        records.address(),
        records.byteCount(),
        records.count(),
        now.toEpochMilli() * 1_000_000);
  }

  List<FlowItem> read(FlowRequest request) {
    return Objects.requireNonNull(flows.open(request).collectList().block(PATIENCE));
  }

  void appendContext(Endpoint pod) {
    List<ContextChange> changes =
        List.of(new ContextChange.EndpointGone("pod/shop/old"), new ContextChange.EndpointUp(pod));
    context.apply(changes, false);
    journal.appendContext(ContextCodec.encode(changes, false));
  }

  static Endpoint pod(String name) {
    return new Endpoint(
        Endpoint.Kind.POD,
        "shop",
        name,
        "",
        "",
        "node1",
        "",
        List.of(),
        List.of(IpAddress.parse("10.0.0.5")),
        List.of());
  }
}
