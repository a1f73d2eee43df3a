package sh.retina.guard;

/** What the guard reads; called by its thread only. */
public interface Probe {
  /** CPU time of the process, ns. */
  long userNs();

  /** CPU time of its programs, ns, counted while {@link #measureKernel} is open. */
  long kernelNs();

  /** Memory of the process without mapped files, bytes. */
  long memoryBytes();

  /** Counts CPU time of programs until closed; throws BpfException where it is not allowed. */
  KernelSlice measureKernel();

  /** An open measurement. */
  interface KernelSlice extends AutoCloseable {
    @Override
    void close();
  }
}
