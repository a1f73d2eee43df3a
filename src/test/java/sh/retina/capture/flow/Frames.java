package sh.retina.capture.flow;

import java.util.HexFormat;
import sh.retina.bpf.Packet;

/** Packets of the tests, byte by byte. */
record Frames(byte[] data, int length, int wireLength, long timeNs) implements Packet {
  static final int ETHERNET = 1;

  /** From 10.0.0.1:1000 to 10.0.0.2:53, UDP. */
  static final String UDP =
      "020000000002020000000001"
          + "0800"
          + "4500001d000040004011"
          + "0000"
          + "0a000001"
          + "0a000002"
          + "03e8"
          + "0035"
          + "0009"
          + "0000"
          + "41";

  static Frames of(String hex, long timeNs) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    return new Frames(bytes, bytes.length, bytes.length, timeNs);
  }
}
