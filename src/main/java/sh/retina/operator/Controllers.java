package sh.retina.operator;

import java.util.List;
import java.util.function.Supplier;

/** The controllers of the time that this operator leads: new ones for each such time. */
final class Controllers {
  private final Supplier<List<Controller>> make;
  private volatile List<Controller> running = List.of();

  Controllers(Supplier<List<Controller>> make) {
    this.make = make;
  }

  synchronized void start() {
    List<Controller> made = make.get();
    running = made;
    made.forEach(Controller::start);
  }

  synchronized void stop() {
    running.forEach(Controller::stop);
    running = List.of();
  }

  /** All have seen what there is; so do none. */
  boolean isSynced() {
    return running.stream().allMatch(Controller::isSynced);
  }

  int queued(String name) {
    return running.stream()
        .filter(one -> one.name().equals(name))
        .mapToInt(Controller::queued)
        .sum();
  }

  int failing(String name) {
    return running.stream()
        .filter(one -> one.name().equals(name))
        .mapToInt(Controller::failing)
        .sum();
  }
}
