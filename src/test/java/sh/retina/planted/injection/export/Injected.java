package sh.retina.planted.injection.export;

import org.springframework.beans.factory.annotation.Autowired;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
class Injected {
  @Autowired Object dependency = "";
}
