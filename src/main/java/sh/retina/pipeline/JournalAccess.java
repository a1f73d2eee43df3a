package sh.retina.pipeline;

import sh.retina.event.Endpoint;
import sh.retina.journal.JournalReader;
import sh.retina.journal.Start;

/** Opens positions: in the journal that is being written, or in a recorded one. */
@FunctionalInterface
public interface JournalAccess {
  JournalReader open(Start start, JournalReader.Listener listener);

  /**
   * An equal endpoint that others hold as well, else this one: the context of many positions then
   * takes the memory of one. Any thread.
   */
  default Endpoint shared(Endpoint endpoint) {
    return endpoint;
  }
}
