package sh.retina.flow;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

/** A filter or query that cannot be used, with everything that is wrong with it. */
public final class FlowFilterException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1;

  private final transient List<FlowFault> faults;

  FlowFilterException(List<FlowFault> faults) {
    super(faults.stream().map(FlowFault::toString).collect(Collectors.joining("; ")));
    this.faults = List.copyOf(faults);
  }

  /** All faults, in the order of the fields or parameters. */
  public List<FlowFault> faults() {
    return faults;
  }
}
