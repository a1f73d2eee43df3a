package sh.retina.agent;

import java.util.Map;
import sh.retina.bpf.Clocks;
import sh.retina.journal.Journal;
import sh.retina.journal.JournalKeeper;
import sh.retina.journal.JournalSource;
import sh.retina.pipeline.Loss;
import sh.retina.pipeline.PipelineLedger;
import sh.retina.pipeline.PluginLedger;
import sh.retina.pipeline.Stage;
import sh.retina.plugin.RecordSink;

/** From the rings into the journal, with the books of both. */
final class JournalSink implements RecordSink {
  private final LiveJournal live;
  private final PipelineLedger ledger;

  JournalSink(LiveJournal live, PipelineLedger ledger) {
    this.live = live;
    this.ledger = ledger;
  }

  @Override
  public void maintain() {
    JournalKeeper keeper = live.keeper();
    if (keeper != null) {
      keeper.maintain();
    }
  }

  @Override
  public boolean isAwaited() {
    Journal journal = live.journal();
    return journal != null && journal.isAwaited();
  }

  @Override
  public Writer open(String plugin, byte[] btf, Map<String, byte[]> attributes) {
    JournalKeeper keeper = live.keeper();
    if (keeper == null) {
      throw new IllegalStateException("a replay has no journal to write to");
    }
    return new Books(keeper, plugin, btf, attributes, ledger.plugin(plugin));
  }

  /** One plugin's way into whichever journal is current. */
  private static final class Books implements Writer {
    private final JournalKeeper keeper;
    private final String plugin;
    private final byte[] btf;
    private final Map<String, byte[]> attributes;
    private final PluginLedger books;
    private Journal journal;
    private JournalSource source;

    Books(
        JournalKeeper keeper,
        String plugin,
        byte[] btf,
        Map<String, byte[]> attributes,
        PluginLedger books) {
      this.keeper = keeper;
      this.plugin = plugin;
      this.btf = btf;
      this.attributes = attributes;
      this.books = books;
      this.journal = keeper.current();
      this.source = journal.addSource(plugin, btf, attributes);
    }

    @Override
    public void append(long address, long byteCount, int records) {
      books.passed(Stage.RING, records);
      Journal now = keeper.current();
      if (now != journal) {
        journal = now;
        source = now.addSource(plugin, btf, attributes);
      }
      if (now.append(source, address, byteCount, records, Clocks.realtimeOffsetNs())) {
        books.passed(Stage.QUEUE, records);
      } else {
        books.lost(Loss.QUEUE_FULL, records);
      }
    }
  }
}
