package sh.retina.planted.grpc.export.sse;

import io.grpc.Status;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Calls {
  Status status();
}
