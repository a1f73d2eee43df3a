package sh.retina.plugin.dns;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.TupleFields;

/** {@code struct dns_event} of event.h with the message behind it. */
final class DnsEventDecoder implements EventDecoder {
  private final EventHeader header;
  private final TupleFields tuple;
  private final BpfField.U64 cgroupId;
  private final BpfField.U16 captured;
  private final BpfField.U8 point;
  private final BpfField.U8 firstOnNode;
  private final int sizeBytes;
  private final DnsMessage message = new DnsMessage();

  DnsEventDecoder(Btf btf) {
    BpfStruct event = btf.struct("dns_event");
    header = new EventHeader(btf, event, "EVENT_DNS");
    tuple = new TupleFields(event);
    cgroupId = event.u64("cgroup_id");
    captured = event.u16("captured");
    point = event.u8("point");
    firstOnNode = event.u8("first_on_node");
    sizeBytes = event.sizeBytes();
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    if (!header.matches(address, length)) {
      return false;
    }
    int bytes = captured.get(address);
    if (bytes < DnsMessage.HEADER_LENGTH || bytes > length - sizeBytes) {
      return false;
    }
    message.over(address + sizeBytes, bytes);
    event.plugin = DnsPlugin.NAME;
    event.verdict = Verdict.FORWARDED;
    event.timeNs = header.timeNs(address);
    tuple.decode(address, event);
    event.cgroupId = cgroupId.get(address);
    event.point = ObservationPoint.of(point.get(address));
    event.firstOnNode = firstOnNode.get(address) != 0;
    event.reply = message.isResponse() ? Observation.Reply.YES : Observation.Reply.NO;
    event.dns = message;
    return true;
  }
}
