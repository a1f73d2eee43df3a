package sh.retina.agent;

import sh.retina.event.Endpoint;
import sh.retina.journal.JournalKeeper;
import sh.retina.journal.JournalReader;
import sh.retina.journal.Start;
import sh.retina.pipeline.JournalAccess;

/** Positions in the journal that is being written; near its end they share what is known now. */
record LiveAccess(JournalKeeper keeper, ContextStore context) implements JournalAccess {
  @Override
  public JournalReader open(Start start, JournalReader.Listener listener) {
    return keeper.reader(start, listener);
  }

  @Override
  public Endpoint shared(Endpoint endpoint) {
    return context.shared(endpoint);
  }
}
