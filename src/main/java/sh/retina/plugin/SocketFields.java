package sh.retina.plugin;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ReportReason;

/**
 * What an event that is about packets of a socket tells beside {@link TupleFields}: how many since
 * the last report, which way, and whose socket. The same names in drop_event, reset_event and
 * retransmit_event of event.h.
 */
public final class SocketFields {
  private final BpfField.U64 firstNs;
  private final BpfField.U64 packets;
  private final BpfField.U64 bytes;
  private final BpfField.U64 cgroupId;
  private final BpfField.U32 networkNamespace;
  private final BpfField.U8 direction;
  private final BpfField.U8 reason;

  /** Throws BtfException when the struct lacks one of them. */
  public SocketFields(BpfStruct event) {
    firstNs = event.u64("first_ns");
    packets = event.u64("packets");
    bytes = event.u64("bytes");
    cgroupId = event.u64("cgroup_id");
    networkNamespace = event.u32("network_namespace");
    direction = event.u8("direction");
    reason = event.u8("reason");
  }

  /** Copies them from the event at an address. */
  public void decode(long address, Observation event) {
    event.firstNs = firstNs.get(address);
    event.packets = packets.get(address);
    event.bytes = bytes.get(address);
    event.cgroupId = cgroupId.get(address);
    event.networkNamespace = networkNamespace.bits(address);
    event.direction = Direction.of(direction.get(address));
    event.reason = ReportReason.of(reason.get(address));
  }
}
