package sh.retina.plugin.dns;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import sh.retina.event.DnsView;

/** Writes DNS messages for tests as RFC 1035 has them, broken ones too. */
public final class DnsBytes {
  public static final int RESPONSE = 0x8000;
  public static final int TRUNCATED = 0x0200;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Begins with a header. */
  public DnsBytes(int id, int flags, int questions, int answers, int authorities, int additionals) {
    u16(id).u16(flags).u16(questions).u16(answers).u16(authorities).u16(additionals);
  }

  public static DnsBytes query(int id, String name, int type) {
    return new DnsBytes(id, 0x0100, 1, 0, 0, 0).question(name, type);
  }

  public DnsBytes question(String name, int type) {
    return name(name).u16(type).u16(1);
  }

  /** A record whose name is a pointer to the first question. */
  public DnsBytes record(int type, long ttl, String hexData) {
    byte[] data = HexFormat.of().parseHex(hexData.replace(" ", ""));
    return u16(0xc00c).u16(type).u16(1).u32(ttl).u16(data.length).raw(data);
  }

  public DnsBytes name(String name) {
    for (String label : name.split("\\.", -1)) {
      if (!label.isEmpty()) {
        byte[] text = label.getBytes(StandardCharsets.ISO_8859_1);
        bytes.write(text.length);
        bytes.writeBytes(text);
      }
    }
    bytes.write(0);
    return this;
  }

  public DnsBytes u16(int value) {
    bytes.write(value >>> 8);
    bytes.write(value);
    return this;
  }

  public DnsBytes u32(long value) {
    return u16((int) (value >>> 16)).u16((int) value);
  }

  public DnsBytes raw(byte... more) {
    bytes.writeBytes(more);
    return this;
  }

  public DnsBytes hex(String text) {
    return raw(HexFormat.of().parseHex(text.replace(" ", "")));
  }

  public byte[] toBytes() {
    return bytes.toByteArray();
  }

  /** The message as an observation has it; its memory is never given back. */
  public DnsView view() {
    return read(Arena.global(), toBytes(), 0);
  }

  /** The message in native memory, with other bytes around it that it must not depend on. */
  static DnsMessage read(Arena arena, byte[] message, int around) {
    MemorySegment memory = arena.allocate(message.length + 1_024);
    memory.fill((byte) around);
    MemorySegment.copy(message, 0, memory, ValueLayout.JAVA_BYTE, 512, message.length);
    DnsMessage read = new DnsMessage();
    read.over(memory.address() + 512, message.length);
    return read;
  }
}
