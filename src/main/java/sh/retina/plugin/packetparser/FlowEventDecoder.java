package sh.retina.plugin.packetparser;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.TupleFields;

/** {@code struct flow_event} of event.h. */
final class FlowEventDecoder implements EventDecoder {
  private static final Observation.Reply[] REPLIES = Observation.Reply.values();
  private static final int FLAGS = TcpFlag.values().length;

  private final EventHeader header;
  private final TupleFields tuple;
  private final BpfField.U64 firstNs;
  private final BpfField.U64 packets;
  private final BpfField.U64 bytes;
  private final BpfField.U64 rttNs;
  private final BpfField.U64 connectNs;
  private final BpfField.U32Array flagCounts;
  private final BpfField.U32 sampling;
  private final BpfField.U8 point;
  private final BpfField.U8 reason;
  private final BpfField.U8 reply;
  private final BpfField.U8 firstOnNode;

  FlowEventDecoder(Btf btf) {
    BpfStruct event = btf.struct("flow_event");
    header = new EventHeader(btf, event, "EVENT_FLOW");
    tuple = new TupleFields(event);
    firstNs = event.u64("first_ns");
    packets = event.u64("packets");
    bytes = event.u64("bytes");
    rttNs = event.u64("rtt_ns");
    connectNs = event.u64("connect_ns");
    flagCounts = event.u32Array("flag_counts", FLAGS);
    sampling = event.u32("sampling");
    point = event.u8("point");
    reason = event.u8("reason");
    reply = event.u8("reply");
    firstOnNode = event.u8("first_on_node");
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    if (!header.matches(address, length)) {
      return false;
    }
    event.plugin = PacketparserPlugin.NAME;
    event.verdict = Verdict.FORWARDED;
    event.timeNs = header.timeNs(address);
    event.firstNs = firstNs.get(address);
    tuple.decode(address, event);
    decodeCounts(address, event);
    event.point = ObservationPoint.of(point.get(address));
    event.reason = ReportReason.of(reason.get(address));
    int answer = reply.get(address);
    event.reply = answer < REPLIES.length ? REPLIES[answer] : Observation.Reply.UNKNOWN;
    event.firstOnNode = firstOnNode.get(address) != 0;
    event.rttNs = rttNs.get(address);
    event.connectNs = connectNs.get(address);
    return true;
  }

  /** Counts of a sampled connection stand for those of the N - 1 that were not followed. */
  private void decodeCounts(long address, Observation event) {
    int scale = Math.max(1, sampling.bits(address));
    event.sampling = scale;
    event.packets = packets.get(address) * scale;
    event.bytes = bytes.get(address) * scale;
    if (event.tcpFlags != 0) {
      for (int flag = 0; flag < FLAGS; flag++) {
        event.flagCounts[flag] = flagCounts.get(address, flag) * scale;
      }
    }
  }
}
