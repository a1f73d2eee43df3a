package sh.retina.plugin.packetparser;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Btf;
import sh.retina.bpf.StructWords;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;

/** {@code struct flow_event} of event.h. */
final class FlowEventDecoder implements EventDecoder {
  private static final Observation.Reply[] REPLIES = Observation.Reply.values();
  private static final int COUNTED_BY_BIT = (1 << TcpFlag.SYNACK.ordinal()) - 1;
  private static final int SYN_AND_ACK = 1 << TcpFlag.SYN.ordinal() | 1 << TcpFlag.ACK.ordinal();

  /** Of the object in this program, whose events are nearly all there are: a constant. */
  private static final @Nullable Btf OUR_BTF = ourBtf();

  private static final @Nullable FlowLayout OURS = OUR_BTF == null ? null : FlowLayout.of(OUR_BTF);

  private final FlowLayout layout;
  private final boolean isOurs;
  private final StructWords words;

  FlowEventDecoder(Btf btf) {
    layout = FlowLayout.of(btf);
    isOurs = OUR_BTF != null && Arrays.equals(OUR_BTF.bytes(), btf.bytes());
    words = new StructWords(layout.sizeBytes());
  }

  private static @Nullable Btf ourBtf() {
    try (InputStream in = FlowEventDecoder.class.getResourceAsStream("/bpf/packetparser.bpf.o")) {
      return in == null ? null : Btf.ofObject(in.readAllBytes());
    } catch (IOException e) {
      return null; // slower, not wrong
    }
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
    copy.load(address);
    event.plugin = PacketparserPlugin.NAME;
    event.verdict = Verdict.FORWARDED;
    event.timeNs = in.header().timeNs(copy);
    event.firstNs = in.firstNs().get(copy);
    in.tuple().decode(copy, event);
    decodeCounts(in, copy, event);
    event.point = ObservationPoint.of(in.point().get(copy));
    event.reason = ReportReason.of(in.reason().get(copy));
    int answer = in.reply().get(copy);
    event.reply = answer < REPLIES.length ? REPLIES[answer] : Observation.Reply.UNKNOWN;
    event.firstOnNode = in.firstOnNode().get(copy) != 0;
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
    Arrays.fill(event.flagCounts, 0);
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
