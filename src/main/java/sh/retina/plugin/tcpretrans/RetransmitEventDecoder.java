package sh.retina.plugin.tcpretrans;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Observation;
import sh.retina.event.SocketReport;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.SocketFields;
import sh.retina.plugin.TupleFields;

/** {@code struct retransmit_event} of event.h. */
final class RetransmitEventDecoder implements EventDecoder {
  private final EventHeader header;
  private final TupleFields tuple;
  private final SocketFields socket;
  private final BpfField.U32 sequence;
  private final BpfField.U8 tcpState;

  RetransmitEventDecoder(Btf btf) {
    BpfStruct event = btf.struct("retransmit_event");
    header = new EventHeader(btf, event, "EVENT_RETRANSMIT");
    tuple = new TupleFields(event);
    socket = new SocketFields(event);
    sequence = event.u32("sequence");
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
    tuple.decode(address, event);
    socket.decode(address, event);
    event.tcpSequence = sequence.bits(address);
    event.tcpState = tcpState.get(address);
    return true;
  }
}
