package sh.retina.planted.spring.bpf;

import org.springframework.context.ApplicationContext;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Listening {
  ApplicationContext context();
}
