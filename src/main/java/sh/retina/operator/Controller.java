package sh.retina.operator;

/** Keeps one kind in order while this operator leads. */
interface Controller {
  /** One word, for metrics and the log. */
  String name();

  /** Begins to watch and to write; returns at once. */
  void start();

  /** Nothing is written any more once this returned. */
  void stop();

  /** Whether all that is in the API server was seen since the start. */
  boolean isSynced();

  /** Pieces of work that wait or are under way. */
  int queued();

  /** Objects that could not be put right so far. */
  int failing();
}
