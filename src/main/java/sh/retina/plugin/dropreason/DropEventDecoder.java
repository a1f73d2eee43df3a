package sh.retina.plugin.dropreason;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ReportReason;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.TupleFields;

/** {@code struct drop_event} of event.h. */
final class DropEventDecoder implements EventDecoder {
  private final DropReasons reasons;
  private final EventHeader header;
  private final TupleFields tuple;
  private final BpfField.U64 firstNs;
  private final BpfField.U64 packets;
  private final BpfField.U64 bytes;
  private final BpfField.U64 location;
  private final BpfField.U64 cgroupId;
  private final BpfField.U32 dropReason;
  private final BpfField.U32 networkNamespace;
  private final BpfField.Bytes interfaceName;
  private final BpfField.U8 direction;
  private final BpfField.U8 reason;
  private final DropFunctions functions;

  DropEventDecoder(Btf btf, DropReasons reasons) {
    this.reasons = reasons;
    BpfStruct event = btf.struct("drop_event");
    header = new EventHeader(btf, event, "EVENT_DROP");
    tuple = new TupleFields(event);
    firstNs = event.u64("first_ns");
    packets = event.u64("packets");
    bytes = event.u64("bytes");
    location = event.u64("location");
    cgroupId = event.u64("cgroup_id");
    dropReason = event.u32("drop_reason");
    networkNamespace = event.u32("network_namespace");
    interfaceName = event.bytes("interface_name", 16);
    direction = event.u8("direction");
    reason = event.u8("reason");
    functions = DropFunctions.of(btf, event);
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    if (!header.matches(address, length)) {
      return false;
    }
    event.plugin = DropreasonPlugin.NAME;
    event.verdict = Verdict.DROPPED;
    event.timeNs = header.timeNs(address);
    event.firstNs = firstNs.get(address);
    event.packets = packets.get(address);
    event.bytes = bytes.get(address);
    tuple.decode(address, event);
    event.direction = Direction.of(direction.get(address));
    event.reason = ReportReason.of(reason.get(address));
    event.dropReason = dropReason.bits(address);
    event.dropFunction = functions.name(address);
    // The kernel's own reason says more, where it has one.
    event.dropReasonName =
        reasons.isReason(event.dropReason) || event.dropFunction.isEmpty()
            ? reasons.name(event.dropReason)
            : event.dropFunction;
    event.dropLocation = location.get(address);
    event.cgroupId = cgroupId.get(address);
    event.networkNamespace = networkNamespace.bits(address);
    event.interfaceNameHigh = interfaceName.high(address);
    event.interfaceNameLow = interfaceName.low(address);
    return true;
  }
}
