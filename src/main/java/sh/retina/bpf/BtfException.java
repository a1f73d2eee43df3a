package sh.retina.bpf;

/** Type information that is damaged, or that does not have what Java wants to bind to it. */
public final class BtfException extends RuntimeException {
  public BtfException(String message) {
    super(message);
  }

  BtfException(String message, Throwable cause) {
    super(message, cause);
  }
}
