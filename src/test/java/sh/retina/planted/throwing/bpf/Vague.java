package sh.retina.planted.throwing.bpf;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Vague {
  void run() throws Exception;
}
