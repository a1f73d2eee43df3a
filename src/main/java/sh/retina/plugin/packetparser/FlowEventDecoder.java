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

/** {@code struct flow_event} of event.h. */
final class FlowEventDecoder implements EventDecoder {
  private static final Observation.Reply[] REPLIES = Observation.Reply.values();
  private static final int FLAGS = TcpFlag.values().length;

  private final EventHeader header;
  private final BpfField.Bytes sourceAddress;
  private final BpfField.Bytes destinationAddress;
  private final BpfField.U64 firstNs;
  private final BpfField.U64 packets;
  private final BpfField.U64 bytes;
  private final BpfField.U64 rttNs;
  private final BpfField.U64 connectNs;
  private final BpfField.U32Array flagCounts;
  private final BpfField.U32 interfaceIndex;
  private final BpfField.U32 sampling;
  private final BpfField.U16 tcpFlags;
  private final BpfField.U16 vlan;
  private final BpfField.U16 sourcePort;
  private final BpfField.U16 destinationPort;
  private final BpfField.U8 protocol;
  private final BpfField.U8 ipVersion;
  private final BpfField.U8 icmpType;
  private final BpfField.U8 icmpCode;
  private final BpfField.U8 point;
  private final BpfField.U8 reason;
  private final BpfField.U8 reply;
  private final BpfField.U8 firstOnNode;

  FlowEventDecoder(Btf btf) {
    BpfStruct event = btf.struct("flow_event");
    header = new EventHeader(btf, event, "EVENT_FLOW");
    sourceAddress = event.bytes("source_addr", 16);
    destinationAddress = event.bytes("destination_addr", 16);
    firstNs = event.u64("first_ns");
    packets = event.u64("packets");
    bytes = event.u64("bytes");
    rttNs = event.u64("rtt_ns");
    connectNs = event.u64("connect_ns");
    flagCounts = event.u32Array("flag_counts", FLAGS);
    interfaceIndex = event.u32("interface_index");
    sampling = event.u32("sampling");
    tcpFlags = event.u16("tcp_flags");
    vlan = event.u16("vlan");
    sourcePort = event.u16("source_port");
    destinationPort = event.u16("destination_port");
    protocol = event.u8("protocol");
    ipVersion = event.u8("ip_version");
    icmpType = event.u8("icmp_type");
    icmpCode = event.u8("icmp_code");
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
    decodeTuple(address, event);
    decodeCounts(address, event);
    event.point = ObservationPoint.of(point.get(address));
    event.reason = ReportReason.of(reason.get(address));
    int answer = reply.get(address);
    event.reply = answer < REPLIES.length ? REPLIES[answer] : Observation.Reply.UNKNOWN;
    event.firstOnNode = firstOnNode.get(address) != 0;
    event.interfaceIndex = interfaceIndex.bits(address);
    event.rttNs = rttNs.get(address);
    event.connectNs = connectNs.get(address);
    return true;
  }

  private void decodeTuple(long address, Observation event) {
    event.sourceHigh = sourceAddress.high(address);
    event.sourceLow = sourceAddress.low(address);
    event.destinationHigh = destinationAddress.high(address);
    event.destinationLow = destinationAddress.low(address);
    event.ipVersion = ipVersion.get(address);
    event.protocol = protocol.get(address);
    event.sourcePort = sourcePort.get(address);
    event.destinationPort = destinationPort.get(address);
    event.icmpType = icmpType.get(address);
    event.icmpCode = icmpCode.get(address);
    event.vlan = vlan.get(address);
  }

  /** Counts of a sampled connection stand for those of the N - 1 that were not followed. */
  private void decodeCounts(long address, Observation event) {
    int scale = Math.max(1, sampling.bits(address));
    event.sampling = scale;
    event.packets = packets.get(address) * scale;
    event.bytes = bytes.get(address) * scale;
    event.tcpFlags = tcpFlags.get(address);
    if (event.tcpFlags != 0) {
      for (int flag = 0; flag < FLAGS; flag++) {
        event.flagCounts[flag] = flagCounts.get(address, flag) * scale;
      }
    }
  }
}
