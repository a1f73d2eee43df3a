package sh.retina.plugin;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.event.Observation;

/** Whose packets an event is about: the fields that every event of event.h has by these names. */
public final class TupleFields {
  private final BpfField.Bytes sourceAddress;
  private final BpfField.Bytes destinationAddress;
  private final BpfField.U16 sourcePort;
  private final BpfField.U16 destinationPort;
  private final BpfField.U16 tcpFlags;
  private final BpfField.U16 vlan;
  private final BpfField.U8 protocol;
  private final BpfField.U8 ipVersion;
  private final BpfField.U8 icmpType;
  private final BpfField.U8 icmpCode;
  private final BpfField.U32 interfaceIndex;

  /** Throws BtfException when the struct lacks one of them. */
  public TupleFields(BpfStruct event) {
    sourceAddress = event.bytes("source_addr", 16);
    destinationAddress = event.bytes("destination_addr", 16);
    sourcePort = event.u16("source_port");
    destinationPort = event.u16("destination_port");
    tcpFlags = event.u16("tcp_flags");
    vlan = event.u16("vlan");
    protocol = event.u8("protocol");
    ipVersion = event.u8("ip_version");
    icmpType = event.u8("icmp_type");
    icmpCode = event.u8("icmp_code");
    interfaceIndex = event.u32("interface_index");
  }

  /** Copies them from the event at an address. */
  public void decode(long address, Observation event) {
    event.sourceHigh = sourceAddress.high(address);
    event.sourceLow = sourceAddress.low(address);
    event.destinationHigh = destinationAddress.high(address);
    event.destinationLow = destinationAddress.low(address);
    event.sourcePort = sourcePort.get(address);
    event.destinationPort = destinationPort.get(address);
    event.tcpFlags = tcpFlags.get(address);
    event.vlan = vlan.get(address);
    event.protocol = protocol.get(address);
    event.ipVersion = ipVersion.get(address);
    event.icmpType = icmpType.get(address);
    event.icmpCode = icmpCode.get(address);
    event.interfaceIndex = interfaceIndex.bits(address);
  }
}
