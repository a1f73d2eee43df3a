package sh.retina.journal;

import java.util.Arrays;
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
  private final Description description;

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
    this.description =
        new Description(btf.clone(), Collections.unmodifiableMap(new TreeMap<>(attributes)));
    this.counters = counters;
  }

  private JournalSource(JournalSource source, Description description) {
    this.id = source.id;
    this.runId = source.runId;
    this.plugin = source.plugin;
    this.description = description;
    this.counters = source.counters;
  }

  /** What decoders are made of: most of a source's bytes, and never changed. */
  static final class Description {
    private final byte[] btf;
    private final Map<String, byte[]> attributes;

    private Description(byte[] btf, Map<String, byte[]> attributes) {
      this.btf = btf;
      this.attributes = attributes;
    }

    private boolean isEqual(Description other) {
      return Arrays.equals(btf, other.btf)
          && attributes.keySet().equals(other.attributes.keySet())
          && attributes.entrySet().stream()
              .allMatch(
                  entry -> Arrays.equals(entry.getValue(), other.attributes.get(entry.getKey())));
    }
  }

  Description described() {
    return description;
  }

  /** This source with the bytes of another, if they are equal: many readers hold them once. */
  JournalSource sharing(Description other) {
    return description.isEqual(other) ? new JournalSource(this, other) : this;
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
    return description.btf.clone();
  }

  /** What the plugin gave beside its BTF, by name. */
  public Map<String, byte[]> attributes() {
    return description.attributes;
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
    return Excerpt.describe(plugin, description.btf, description.attributes);
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
