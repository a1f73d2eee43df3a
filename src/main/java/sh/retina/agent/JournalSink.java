package sh.retina.agent;

import java.util.Map;
import sh.retina.bpf.Clocks;
import sh.retina.journal.Journal;
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
    Journal journal = live.journal();
    if (journal != null) {
      journal.maintain();
    }
  }

  @Override
  public Writer open(String plugin, byte[] btf, Map<String, byte[]> attributes) {
    Journal journal = live.journal();
    if (journal == null) {
      throw new IllegalStateException("a replay has no journal to write to");
    }
    JournalSource source = journal.addSource(plugin, btf, attributes);
    PluginLedger books = ledger.plugin(plugin);
    return (address, byteCount, records) -> {
      books.passed(Stage.RING, records);
      if (journal.append(source, address, byteCount, records, Clocks.realtimeOffsetNs())) {
        books.passed(Stage.QUEUE, records);
      } else {
        books.lost(Loss.QUEUE_FULL, records);
      }
    };
  }
}
