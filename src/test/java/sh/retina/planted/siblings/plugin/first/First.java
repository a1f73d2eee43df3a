package sh.retina.planted.siblings.plugin.first;

import sh.retina.planted.siblings.plugin.second.Second;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
record First(Second second) {}
