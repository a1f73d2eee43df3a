package sh.retina.plugin.dropreason;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Observation;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.SocketFields;
import sh.retina.plugin.TupleFields;

/** {@code struct drop_event} of event.h. */
final class DropEventDecoder implements EventDecoder {
  private final DropReasons reasons;
  private final EventHeader header;
  private final TupleFields tuple;
  private final SocketFields socket;
  private final BpfField.U64 location;
  private final BpfField.U32 dropReason;
  private final BpfField.Bytes interfaceName;
  private final DropFunctions functions;

  DropEventDecoder(Btf btf, DropReasons reasons) {
    this.reasons = reasons;
    BpfStruct event = btf.struct("drop_event");
    header = new EventHeader(btf, event, "EVENT_DROP");
    tuple = new TupleFields(event);
    socket = new SocketFields(event);
    location = event.u64("location");
    dropReason = event.u32("drop_reason");
    interfaceName = event.bytes("interface_name", 16);
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
    tuple.decode(address, event);
    socket.decode(address, event);
    event.dropReason = dropReason.bits(address);
    event.dropFunction = functions.name(address);
    // The kernel's own reason says more, where it has one.
    event.dropReasonName =
        reasons.isReason(event.dropReason) || event.dropFunction.isEmpty()
            ? reasons.name(event.dropReason)
            : event.dropFunction;
    event.dropLocation = location.get(address);
    event.interfaceNameHigh = interfaceName.high(address);
    event.interfaceNameLow = interfaceName.low(address);
    return true;
  }
}
