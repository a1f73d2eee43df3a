package sh.retina.agent;

import java.util.List;

/**
 * Something that is broken on purpose.
 *
 * @param expected the cause that must be named first, as JSON has it
 * @param question words of {@code retina explain}
 */
record Fault(String name, String expected, List<String> question, Setup setup) {
  /** Breaks it and tries; what is given back mends it. */
  @FunctionalInterface
  interface Setup {
    Undo apply(FaultNetwork network, FaultObjects objects);
  }

  /** Mends what was broken. */
  @FunctionalInterface
  interface Undo extends AutoCloseable {
    Undo NOTHING = () -> {};

    @Override
    void close();
  }

  Fault {
    question = List.copyOf(question);
  }

  @Override
  public String toString() {
    return name;
  }
}
