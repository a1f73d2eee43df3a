package sh.retina.agent;

import sh.retina.export.prometheus.AgentSources;
import sh.retina.journal.Journal;
import sh.retina.pipeline.Loss;
import sh.retina.pipeline.MetricPipeline;
import sh.retina.pipeline.PipelineLedger;
import sh.retina.pipeline.PluginLedger;
import sh.retina.pipeline.Stage;

/** How full the journal is and how far behind the meters are. */
record QueueGauges(LiveJournal live, MetricPipeline pipeline, PipelineLedger ledger)
    implements AgentSources.QueueStatus {
  @Override
  public long bytes() {
    Journal journal = live.journal();
    return journal == null ? 0 : journal.bytesOnDisk();
  }

  @Override
  public boolean isKept() {
    return live.isKept();
  }

  /** Events of this run; what an earlier one left is not known until it is read. */
  @Override
  public long lagEvents() {
    long lag = 0;
    for (PluginLedger books : ledger.all()) {
      lag +=
          Math.max(
              0,
              books.events(Stage.QUEUE)
                  - books.events(Stage.DECODED)
                  - books.events(Loss.DECODE_ERROR)
                  - books.events(Loss.QUEUE_EXPIRED));
    }
    return lag;
  }

  @Override
  public double lagSeconds() {
    return pipeline.lagNs() / 1e9;
  }
}
