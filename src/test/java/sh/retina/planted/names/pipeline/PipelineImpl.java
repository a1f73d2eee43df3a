package sh.retina.planted.names.pipeline;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
record PipelineImpl() {}
