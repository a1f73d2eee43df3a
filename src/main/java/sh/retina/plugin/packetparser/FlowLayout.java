package sh.retina.plugin.packetparser;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.TcpFlag;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.TupleFields;

/**
 * The fields of {@code struct flow_event}, bound. A record of records: C2 takes the components of a
 * record for constants where the record is one, so that the offsets in a static layout become
 * numbers in the code.
 */
record FlowLayout(
    int sizeBytes,
    EventHeader header,
    TupleFields tuple,
    BpfField.U64 firstNs,
    BpfField.U64 packets,
    BpfField.U64 bytes,
    BpfField.U64 rttNs,
    BpfField.U64 connectNs,
    BpfField.U32Array flagCounts,
    BpfField.U32 sampling,
    ReportFields report) {

  static FlowLayout of(Btf btf) {
    BpfStruct event = btf.struct("flow_event");
    return new FlowLayout(
        event.sizeBytes(),
        new EventHeader(btf, event, "EVENT_FLOW"),
        new TupleFields(event),
        event.u64("first_ns"),
        event.u64("packets"),
        event.u64("bytes"),
        event.u64("rtt_ns"),
        event.u64("connect_ns"),
        event.u32Array("flag_counts", TcpFlag.values().length),
        event.u32("sampling"),
        ReportFields.of(event));
  }
}
