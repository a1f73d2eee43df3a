package sh.retina.plugin.tcpretrans;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ReportReason;
import sh.retina.event.SocketReport;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.TupleFields;

/** {@code struct retransmit_event} of event.h. */
final class RetransmitEventDecoder implements EventDecoder {
  private final EventHeader header;
  private final TupleFields tuple;
  private final BpfField.U64 firstNs;
  private final BpfField.U64 packets;
  private final BpfField.U64 bytes;
  private final BpfField.U64 cgroupId;
  private final BpfField.U32 sequence;
  private final BpfField.U32 networkNamespace;
  private final BpfField.U8 direction;
  private final BpfField.U8 reason;
  private final BpfField.U8 tcpState;

  RetransmitEventDecoder(Btf btf) {
    BpfStruct event = btf.struct("retransmit_event");
    header = new EventHeader(btf, event, "EVENT_RETRANSMIT");
    tuple = new TupleFields(event);
    firstNs = event.u64("first_ns");
    packets = event.u64("packets");
    bytes = event.u64("bytes");
    cgroupId = event.u64("cgroup_id");
    sequence = event.u32("sequence");
    networkNamespace = event.u32("network_namespace");
    direction = event.u8("direction");
    reason = event.u8("reason");
    tcpState = event.u8("tcp_state");
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    if (!header.matches(address, length)) {
      return false;
    }
    event.plugin = TcpretransPlugin.NAME;
    event.verdict = Verdict.TRACED;
    event.socketReport = SocketReport.RETRANSMISSION;
    event.timeNs = header.timeNs(address);
    event.firstNs = firstNs.get(address);
    event.packets = packets.get(address);
    event.bytes = bytes.get(address);
    tuple.decode(address, event);
    event.direction = Direction.of(direction.get(address));
    event.reason = ReportReason.of(reason.get(address));
    event.cgroupId = cgroupId.get(address);
    event.networkNamespace = networkNamespace.bits(address);
    event.tcpSequence = sequence.bits(address);
    event.tcpState = tcpState.get(address);
    return true;
  }
}
