package sh.retina.planted.components.export;

import org.springframework.stereotype.Component;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
@Component
public abstract class Open {}
