package sh.retina.plugin.packetparser;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.StructWords;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.ReportReason;

/** Where and why flow_event and packet_event were reported: fields that both have. */
record ReportFields(
    BpfField.U8 point, BpfField.U8 reason, BpfField.U8 reply, BpfField.U8 firstOnNode) {
  private static final Observation.Reply[] REPLIES = Observation.Reply.values();

  static ReportFields of(BpfStruct event) {
    return new ReportFields(
        event.u8("point"), event.u8("reason"), event.u8("reply"), event.u8("first_on_node"));
  }

  void decode(StructWords copy, Observation event) {
    event.point = ObservationPoint.of(point.get(copy));
    event.reason = ReportReason.of(reason.get(copy));
    int answer = reply.get(copy);
    event.reply = answer < REPLIES.length ? REPLIES[answer] : Observation.Reply.UNKNOWN;
    event.firstOnNode = firstOnNode.get(copy) != 0;
  }
}
