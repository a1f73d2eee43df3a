package sh.retina.pipeline;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.util.unit.DataSize;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.Clocks;
import sh.retina.bpf.RingBuffer;
import sh.retina.bpf.SpanHandler;
import sh.retina.bpf.SyntheticRing;
import sh.retina.event.Endpoint;
import sh.retina.flow.FlowFilter;
import sh.retina.identity.ContextChange;
import sh.retina.identity.ContextCodec;
import sh.retina.identity.IdentityTable;
import sh.retina.journal.EventBatch;
import sh.retina.journal.Journal;
import sh.retina.journal.JournalClock;
import sh.retina.journal.JournalSettings;
import sh.retina.journal.JournalSource;
import sh.retina.journal.Start;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.PluginDecoders;
import sh.retina.plugin.packetparser.PacketparserPlugin;
import sh.retina.plugin.packetparser.PacketparserProperties;

/**
 * All hops of the user side on one thread, so that they can be measured together and alone: ring →
 * journal → decode → enrich → filter → aggregate, with the agent's own code and books. The ring is
 * synthetic, with one packet of each of {@link #EVENTS} flows, or one that the kernel fills.
 */
final class UserPath implements AutoCloseable {
  /** Events of one filling of the synthetic ring. */
  static final int EVENTS = 6_000;

  static final int PODS = 250;
  private static final long SPAN_BYTES = 256 << 10; // as the agent's ring reader takes them

  final PluginDecoders decoders =
      new PluginDecoders(
          List.of(
              new PacketparserPlugin(
                  new PacketparserProperties(65_536, DataSize.ofMegabytes(4)),
                  new CommonSettings(true, Duration.ofSeconds(30), 1))));
  final IdentityTable identities = pods();
  final FlowRecords records = records();
  final SyntheticRing synthetic = new SyntheticRing(1 << 20);
  final Aggregate aggregate = new Aggregate(PodLevel.defaults(PodLevel.Context.LOCAL), "here");
  private final PipelineLedger ledger = new PipelineLedger(List.of(PacketparserPlugin.NAME));
  private final PluginLedger books = ledger.plugin(PacketparserPlugin.NAME);
  final Journal journal;
  private final JournalSource source;
  private final EventReader reader;
  private final MetricPipeline pipeline;
  private final SpanHandler append = this::append;

  UserPath(Path directory, long journalBytes) {
    synthetic.hold(records.span());
    journal =
        Journal.open(
            new JournalSettings(directory, journalBytes, Duration.ofHours(1)),
            JournalClock.system(),
            () -> ContextCodec.encode(identities.snapshot(), true));
    source = journal.addSource(PacketparserPlugin.NAME, records.btf(), Map.of());
    reader = open(new Start.Named("metrics"));
    pipeline =
        new MetricPipeline(
            journal::reader,
            decoders,
            FlowFilter.all(),
            aggregate,
            ledger,
            _ -> {},
            _ -> {},
            System::nanoTime);
  }

  static String address(int pod) {
    return "10.0." + pod / 100 + "." + (1 + pod % 100);
  }

  static IdentityTable pods() {
    IdentityTable identities = new IdentityTable();
    for (int pod = 0; pod < PODS; pod++) {
      Endpoint endpoint = Traffic.pod("ns" + pod % 10, "pod-" + pod, address(pod), "here");
      identities.apply(List.of(new ContextChange.EndpointUp(endpoint)), false);
    }
    return identities;
  }

  private static FlowRecords records() {
    FlowRecords records = new FlowRecords().begin();
    for (int i = 0; i < EVENTS; i++) {
      records.addTcp(i, address(i % PODS), address(i * 7 % PODS), i);
    }
    return records;
  }

  /** A place in the journal, for one thread. */
  EventReader open(Start start) {
    return new EventReader(
        journal::reader, decoders, start, false, new DnsNames(8), (_, _) -> {}, (_, _) -> {});
  }

  /** The synthetic ring is full again. */
  RingBuffer refilled() {
    synthetic.offer(records.byteCount());
    return synthetic.ring;
  }

  /** The ring that a loaded packetparser fills. */
  static RingBuffer ring(BpfObject object) {
    return object.ringBuffer("flow_events");
  }

  /** From a ring into the journal; the records taken. */
  int take(RingBuffer ring) {
    int taken = 0;
    while (true) {
      int records = ring.drain(append, SPAN_BYTES);
      if (records == 0) {
        return taken;
      }
      taken += records;
    }
  }

  private void append(long address, long byteCount, int records) {
    books.passed(Stage.RING, records);
    if (!journal.append(source, address, byteCount, records, Clocks.realtimeOffsetNs())) {
      throw new IllegalStateException("the journal took no more");
    }
    books.passed(Stage.QUEUE, records);
  }

  /** From the journal into the series; the batches read. */
  int count() {
    int batches = 0;
    for (EventBatch batch = reader.poll(); batch != null; batch = reader.poll()) {
      pipeline.process(reader, batch);
      batches++;
    }
    return batches;
  }

  /** Events that reached the series. */
  long aggregated() {
    return books.events(Stage.AGGREGATED);
  }

  /** A decoder of the events, as the journal's reader makes one. */
  sh.retina.plugin.EventDecoder decoder() {
    return Objects.requireNonNull(
        decoders.decoder(PacketparserPlugin.NAME, records.btf(), Map.of()).orElse(null));
  }

  @Override
  public void close() {
    pipeline.close();
    reader.close();
    journal.close();
    synthetic.close();
    records.close();
  }
}
