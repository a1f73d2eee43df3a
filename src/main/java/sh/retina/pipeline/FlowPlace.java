package sh.retina.pipeline;

import sh.retina.journal.Start;

/**
 * Place of an event in the journal: {@code <batch in hex>.<record in it>} as text, which is a
 * flow's id on a stream.
 *
 * @param position of the batch
 * @param record number of the event in it; -1 for the place before the first
 */
record FlowPlace(long position, int record) {
  /** Before everything. */
  static final FlowPlace NONE = new FlowPlace(0, -1);

  /** Reads an id. Throws IllegalArgumentException that names it when it is none. */
  static FlowPlace parse(String id) {
    int dot = id.indexOf('.');
    try {
      if (dot > 0) {
        FlowPlace place =
            new FlowPlace(
                Long.parseLong(id, 0, dot, 16), Integer.parseInt(id, dot + 1, id.length(), 10));
        if (place.position > 0 && place.record >= 0) {
          return place;
        }
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not the id of a flow: '" + id + "'", e);
    }
    throw new IllegalArgumentException("not the id of a flow: '" + id + "'");
  }

  /** Where to open the journal so that this place's own batch comes first. */
  Start start() {
    return new Start.After(position - 1);
  }

  /** Whether an event at that place comes after this one. */
  boolean isBefore(long otherPosition, int otherRecord) {
    return otherPosition > position || otherPosition == position && otherRecord > record;
  }

  @Override
  public String toString() {
    return Long.toHexString(position) + "." + record;
  }
}
