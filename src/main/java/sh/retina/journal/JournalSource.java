package sh.retina.journal;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who made a batch and how to read it: a plugin, the BTF of the object that it had loaded, and what
 * else a decoder needs from the kernel of that time (names of drop reasons). Within a run of the
 * writer, the same object stands for the same source, so that readers may compare by identity. The
 * counters may be read from any thread.
 */
public final class JournalSource {
  private final int id;
  private final long runId;
  private final String plugin;
  private final byte[] btf;
  private final Map<String, byte[]> attributes;

  /**
   * Shared by all sources that a plugin has in one run: it may load another object without starting
   * its numbers anew.
   */
  private final Counters counters;

  JournalSource(
      int id,
      long runId,
      String plugin,
      byte[] btf,
      Map<String, byte[]> attributes,
      Counters counters) {
    this.id = id;
    this.runId = runId;
    this.plugin = plugin;
    this.btf = btf.clone();
    this.attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
    this.counters = counters;
  }

  /** Number of this source within {@link #runId()}. */
  public int id() {
    return id;
  }

  /** The run of the writer that this source belongs to; record numbers count within it. */
  public long runId() {
    return runId;
  }

  public String plugin() {
    return plugin;
  }

  /** The {@code .BTF} section of the plugin's object. A copy. */
  public byte[] btf() {
    return btf.clone();
  }

  /** What the plugin gave beside its BTF, by name. */
  public Map<String, byte[]> attributes() {
    return attributes;
  }

  /**
   * Records of this plugin appended in this run; for a source met by a reader, those before the
   * batch at hand.
   */
  public long appendedRecords() {
    return counters.nextSequence;
  }

  /**
   * Records of this plugin that {@link Journal#append} refused in this run. Zero for a source met
   * by a reader.
   */
  public long lostRecords() {
    return counters.lostRecords;
  }

  /** What an excerpt says of this source. */
  byte[] description() {
    return Excerpt.describe(plugin, btf, attributes);
  }

  Counters counters() {
    return counters;
  }

  @Override
  public String toString() {
    return plugin + "#" + id;
  }

  /** Written by one thread at a time. */
  static final class Counters {
    private volatile long nextSequence;
    private volatile long lostRecords;

    long nextSequence() {
      return nextSequence;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, under the journal's lock
    void appended(int records) {
      nextSequence += records;
    }

    void reached(long sequence) {
      nextSequence = sequence;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the appending thread
    void lost(int records) {
      lostRecords += records;
    }
  }
}
