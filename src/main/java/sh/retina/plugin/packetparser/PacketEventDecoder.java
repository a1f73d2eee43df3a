package sh.retina.plugin.packetparser;

import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Btf;
import sh.retina.bpf.StructWords;
import sh.retina.event.Observation;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;

/** {@code struct packet_event} of event.h: what it leaves out is the same for all of them. */
final class PacketEventDecoder implements EventDecoder {
  private static final int COUNTED_BY_BIT = (1 << TcpFlag.SYNACK.ordinal()) - 1;
  private static final int SYN_AND_ACK = 1 << TcpFlag.SYN.ordinal() | 1 << TcpFlag.ACK.ordinal();

  private static final @Nullable PacketLayout OURS =
      OurObject.BTF == null ? null : PacketLayout.of(OurObject.BTF);

  private final PacketLayout layout;
  private final boolean isOurs;
  private final StructWords words;

  PacketEventDecoder(Btf btf) {
    layout = PacketLayout.of(btf);
    isOurs = OurObject.hasWritten(btf);
    words = new StructWords(layout.sizeBytes());
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    PacketLayout ours = OURS;
    // Two calls, as each is inlined with the layout that it has.
    return isOurs && ours != null
        ? decode(ours, address, length, event)
        : decode(layout, address, length, event);
  }

  private boolean decode(PacketLayout in, long address, int length, Observation event) {
    if (!in.header().matches(address, length)) {
      return false;
    }
    StructWords copy = words;
    copy.load(address, in.sizeBytes());
    event.plugin = PacketparserPlugin.NAME;
    event.verdict = Verdict.FORWARDED;
    event.timeNs = in.header().timeNs(copy);
    event.firstNs = event.timeNs;
    in.tuple().decode(copy, event);
    event.packets = 1;
    event.bytes = Integer.toUnsignedLong(in.bytes().bits(copy));
    event.sampling = 1;
    countFlags(event);
    in.report().decode(copy, event);
    return true;
  }

  /** Bits of the TCP header have the numbers of the flags; a SYN with an ACK counts as neither. */
  private static void countFlags(Observation event) {
    int seen = event.tcpFlags & COUNTED_BY_BIT;
    if ((seen & SYN_AND_ACK) == SYN_AND_ACK) {
      seen = seen & ~SYN_AND_ACK | 1 << TcpFlag.SYNACK.ordinal();
    }
    for (; seen != 0; seen &= seen - 1) {
      event.flagCounts[Integer.numberOfTrailingZeros(seen)] = 1;
    }
  }
}
