package sh.retina.planted.protobuf.event;

import com.google.protobuf.Message;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Wire {
  Message message();
}
