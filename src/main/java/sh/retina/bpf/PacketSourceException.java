package sh.retina.bpf;

/**
 * Packets cannot be had, or no more: the message names the device or the filter, and the reason.
 */
public final class PacketSourceException extends RuntimeException {
  public PacketSourceException(String message) {
    super(message);
  }
}
