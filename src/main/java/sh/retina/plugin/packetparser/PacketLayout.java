package sh.retina.plugin.packetparser;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.TupleFields;

/** The fields of {@code struct packet_event}, bound; a record of records, as {@link FlowLayout}. */
record PacketLayout(
    int sizeBytes, EventHeader header, TupleFields tuple, BpfField.U32 bytes, ReportFields report) {
  static final String STRUCT = "packet_event";

  static PacketLayout of(Btf btf) {
    BpfStruct event = btf.struct(STRUCT);
    return new PacketLayout(
        event.sizeBytes(),
        new EventHeader(btf, event, "EVENT_PACKET"),
        new TupleFields(event),
        event.u32("bytes"),
        ReportFields.of(event));
  }
}
