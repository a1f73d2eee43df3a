package sh.retina.plugin.ciliumeventobserver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** Messages of Cilium's datapath, made for tests as its headers lay them out. */
public final class MonitorFrames {
  private MonitorFrames() {}

  private static ByteBuffer header(int bytes, int type, int subtype, int version, byte[] packet) {
    return ByteBuffer.allocate(bytes + packet.length)
        .order(ByteOrder.nativeOrder())
        .put(0, (byte) type)
        .put(1, (byte) subtype)
        .putShort(2, (short) 11)
        .putInt(4, 0xcafe)
        .putInt(8, 1000)
        .putShort(12, (short) packet.length)
        .put(14, (byte) version)
        .put(bytes, packet);
  }

  /** {@code target}: number of the local endpoint that the packet was for, 0 if none. */
  public static byte[] drop(int version, int reason, int target, byte[] packet) {
    int[] lengths = {36, 36, 40, 48};
    return header(lengths[version], 1, reason, version, packet)
        .putInt(24, target)
        .putInt(32, 7)
        .array();
  }

  public static byte[] trace(int version, int point, int reason, byte[] packet) {
    int[] lengths = {32, 48, 56};
    return header(lengths[version], 4, point, version, packet)
        .put(26, (byte) reason)
        .putInt(28, 7)
        .array();
  }

  /** {@code direction}: 1 in, 2 out. */
  public static byte[] policyVerdict(int header, int verdict, int direction, byte[] packet) {
    return header(header, 5, 0, 0, packet).putInt(20, verdict).put(27, (byte) direction).array();
  }

  /** From 198.18.80.10 port 40000 to 198.18.80.11, with flags. */
  public static byte[] tcp(int port, int flags) {
    return HexFormat.of()
        .parseHex(
            "0200000000110200000000100800"
                + "450000280001000040060000"
                + "c612500ac612500b"
                + "9c40"
                + HexFormat.of().toHexDigits((short) port)
                + "000000000000000050"
                + HexFormat.of().toHexDigits((byte) flags)
                + "ffff00000000");
  }

  /** From fd00:80::10 port 50000 to fd00:80::11, behind a header of hop-by-hop options. */
  public static byte[] udp6(int port) {
    return HexFormat.of()
        .parseHex(
            "020000000011020000000010"
                + "86dd"
                + "60000000"
                + "00100040"
                + "fd000080000000000000000000000010"
                + "fd000080000000000000000000000011"
                + "1100010400000000"
                + "c350"
                + HexFormat.of().toHexDigits((short) port)
                + "00080000");
  }

  /** A record of a proxy, by Go's own encoder: the golden gob of this name. */
  static byte[] accessLog(String name) {
    byte[] gob = GoldenGobs.of(name);
    byte[] message = new byte[gob.length + 1];
    message[0] = (byte) 129;
    System.arraycopy(gob, 0, message, 1, gob.length);
    return message;
  }
}
