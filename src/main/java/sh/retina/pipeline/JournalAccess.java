package sh.retina.pipeline;

import sh.retina.journal.JournalReader;
import sh.retina.journal.Start;

/** Opens positions: in the journal that is being written, or in a recorded one. */
@FunctionalInterface
public interface JournalAccess {
  JournalReader open(Start start, JournalReader.Listener listener);
}
