package sh.retina.bpf;

/** A packet that a source, or what keeps packets, is at; good until it goes on. */
public interface Packet {
  /** The bytes, {@link #length} of them from the start. */
  byte[] data();

  /** Bytes that are kept. */
  int length();

  /** Bytes that the packet had. */
  int wireLength();

  /** Since 1970. */
  long timeNs();
}
