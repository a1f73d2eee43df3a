package sh.retina.planted.jdkonly.event;

import org.slf4j.Logger;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Borrowed {
  Logger log();
}
