package sh.retina.guard;

/**
 * What the agent may cost; 0 of either: no bound.
 *
 * @param cpuCores CPU time per time, of the process and of its programs in the kernel
 * @param memoryBytes of the process, without mapped files
 */
public record Budget(double cpuCores, long memoryBytes) {
  private static final double PERCENT = 100;

  /**
   * The budget for a share of a machine: {@code 1%} of all its CPUs, or {@code 0}. Throws
   * IllegalArgumentException when it is not so written or beyond 100%.
   */
  public static Budget of(String cpuShare, int cpus, long memoryBytes) {
    String number =
        cpuShare.endsWith("%") ? cpuShare.substring(0, cpuShare.length() - 1) : cpuShare;
    if (!number.matches("\\d{1,3}(\\.\\d{1,6})?")) {
      throw new IllegalArgumentException("not a share such as 1%: " + cpuShare);
    }
    double share = Double.parseDouble(number);
    if (share > PERCENT || (share > 0 && number.equals(cpuShare)) || memoryBytes < 0) {
      throw new IllegalArgumentException("not between 0 and 100%: " + cpuShare);
    }
    return new Budget(share / PERCENT * cpus, memoryBytes);
  }

  /** Whether there is anything to watch. */
  public boolean isBounded() {
    return cpuCores > 0 || memoryBytes > 0;
  }
}
