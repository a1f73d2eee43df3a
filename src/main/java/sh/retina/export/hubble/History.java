package sh.retina.export.hubble;

/** How much of the past there is. Thread-safe. */
public interface History {
  /** Flows that are kept. */
  long flows();

  /** How many fit, by their mean size so far. */
  long capacity();
}
