package sh.retina.plugin.tcplife;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ReportReason;
import sh.retina.event.SocketReport;
import sh.retina.event.TcpOutcome;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.TupleFields;

/** {@code struct connection_event} of event.h. */
final class ConnectionEventDecoder implements EventDecoder {
  private final EventHeader header;
  private final TupleFields tuple;
  private final BpfField.U64 firstNs;
  private final BpfField.U64 packets;
  private final BpfField.U64 bytes;
  private final BpfField.U64 receivedPackets;
  private final BpfField.U64 receivedBytes;
  private final BpfField.U64 durationNs;
  private final BpfField.U64 connectNs;
  private final BpfField.U64 rttNs;
  private final BpfField.U64 minRttNs;
  private final BpfField.U64 maxRttNs;
  private final BpfField.U64 cgroupId;
  private final BpfField.U32 retransmissions;
  private final BpfField.U32 networkNamespace;
  private final BpfField.U8 direction;
  private final BpfField.U8 reason;
  private final BpfField.U8 tcpState;
  private final BpfField.U8 outcome;

  ConnectionEventDecoder(Btf btf) {
    BpfStruct event = btf.struct("connection_event");
    header = new EventHeader(btf, event, "EVENT_CONNECTION");
    tuple = new TupleFields(event);
    firstNs = event.u64("first_ns");
    packets = event.u64("packets");
    bytes = event.u64("bytes");
    receivedPackets = event.u64("received_packets");
    receivedBytes = event.u64("received_bytes");
    durationNs = event.u64("duration_ns");
    connectNs = event.u64("connect_ns");
    rttNs = event.u64("rtt_ns");
    minRttNs = event.u64("min_rtt_ns");
    maxRttNs = event.u64("max_rtt_ns");
    cgroupId = event.u64("cgroup_id");
    retransmissions = event.u32("retransmissions");
    networkNamespace = event.u32("network_namespace");
    direction = event.u8("direction");
    reason = event.u8("reason");
    tcpState = event.u8("tcp_state");
    outcome = event.u8("outcome");
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    if (!header.matches(address, length)) {
      return false;
    }
    event.plugin = TcplifePlugin.NAME;
    event.verdict = Verdict.TRACED;
    event.socketReport = SocketReport.CONNECTION;
    event.timeNs = header.timeNs(address);
    event.firstNs = firstNs.get(address);
    event.packets = packets.get(address);
    event.bytes = bytes.get(address);
    event.receivedPackets = receivedPackets.get(address);
    event.receivedBytes = receivedBytes.get(address);
    event.durationNs = durationNs.get(address);
    event.connectNs = connectNs.get(address);
    event.rttNs = rttNs.get(address);
    event.minRttNs = minRttNs.get(address);
    event.maxRttNs = maxRttNs.get(address);
    event.retransmissions = Integer.toUnsignedLong(retransmissions.bits(address));
    tuple.decode(address, event);
    event.direction = Direction.of(direction.get(address));
    event.reason = ReportReason.of(reason.get(address));
    event.cgroupId = cgroupId.get(address);
    event.networkNamespace = networkNamespace.bits(address);
    event.tcpState = tcpState.get(address);
    event.tcpOutcome = TcpOutcome.of(outcome.get(address));
    return true;
  }
}
