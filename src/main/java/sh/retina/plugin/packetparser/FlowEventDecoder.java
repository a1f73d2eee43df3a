package sh.retina.plugin.packetparser;

import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Btf;
import sh.retina.bpf.StructWords;
import sh.retina.event.Observation;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;

/** {@code struct flow_event} of event.h. */
final class FlowEventDecoder implements EventDecoder {
  private static final int COUNTED_BY_BIT = (1 << TcpFlag.SYNACK.ordinal()) - 1;
  private static final int SYN_AND_ACK = 1 << TcpFlag.SYN.ordinal() | 1 << TcpFlag.ACK.ordinal();

  private static final @Nullable FlowLayout OURS =
      OurObject.BTF == null ? null : FlowLayout.of(OurObject.BTF);

  private final FlowLayout layout;
  private final boolean isOurs;
  private final StructWords words;

  FlowEventDecoder(Btf btf) {
    layout = FlowLayout.of(btf);
    isOurs = OurObject.hasWritten(btf);
    words = new StructWords(layout.sizeBytes());
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    FlowLayout ours = OURS;
    // Two calls, as each is inlined with the layout that it has.
    return isOurs && ours != null
        ? decode(ours, address, length, event)
        : decode(layout, address, length, event);
  }

  private boolean decode(FlowLayout in, long address, int length, Observation event) {
    if (!in.header().matches(address, length)) {
      return false;
    }
    StructWords copy = words;
    copy.load(address, in.sizeBytes());
    event.plugin = PacketparserPlugin.NAME;
    event.verdict = Verdict.FORWARDED;
    event.timeNs = in.header().timeNs(copy);
    event.firstNs = in.firstNs().get(copy);
    in.tuple().decode(copy, event);
    decodeCounts(in, copy, event);
    in.report().decode(copy, event);
    event.rttNs = in.rttNs().get(copy);
    event.connectNs = in.connectNs().get(copy);
    return true;
  }

  /** Counts of a sampled connection stand for those of the N - 1 that were not followed. */
  private static void decodeCounts(FlowLayout in, StructWords copy, Observation event) {
    int scale = Math.max(1, in.sampling().bits(copy));
    event.sampling = scale;
    event.packets = in.packets().get(copy) * scale;
    event.bytes = in.bytes().get(copy) * scale;
    // Bits of the TCP header have the numbers of the flags; a SYN with an ACK counts as neither.
    int seen = event.tcpFlags & COUNTED_BY_BIT;
    if ((seen & SYN_AND_ACK) == SYN_AND_ACK) {
      seen |= 1 << TcpFlag.SYNACK.ordinal();
    }
    for (; seen != 0; seen &= seen - 1) {
      int flag = Integer.numberOfTrailingZeros(seen);
      event.flagCounts[flag] = in.flagCounts().get(copy, flag) * scale;
    }
  }
}
