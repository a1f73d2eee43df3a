package sh.retina.plugin.tcplife;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Observation;
import sh.retina.event.SocketReport;
import sh.retina.event.TcpPhase;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.EventHeader;
import sh.retina.plugin.SocketFields;
import sh.retina.plugin.TupleFields;

/** {@code struct reset_event} of event.h. */
final class ResetEventDecoder implements EventDecoder {
  private final EventHeader header;
  private final TupleFields tuple;
  private final SocketFields socket;
  private final BpfField.U8 tcpState;
  private final BpfField.U8 phase;

  ResetEventDecoder(Btf btf) {
    BpfStruct event = btf.struct("reset_event");
    header = new EventHeader(btf, event, "EVENT_RESET");
    tuple = new TupleFields(event);
    socket = new SocketFields(event);
    tcpState = event.u8("tcp_state");
    phase = event.u8("phase");
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    if (!header.matches(address, length)) {
      return false;
    }
    event.plugin = TcplifePlugin.NAME;
    event.verdict = Verdict.TRACED;
    event.socketReport = SocketReport.RESET;
    event.timeNs = header.timeNs(address);
    tuple.decode(address, event);
    socket.decode(address, event);
    event.tcpState = tcpState.get(address);
    event.tcpPhase = TcpPhase.of(phase.get(address));
    return true;
  }
}
