package sh.retina.plugin;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.BtfException;
import sh.retina.bpf.StructWords;
import sh.retina.event.Observation;

/**
 * Whose packets an event is about: the fields that every event of event.h has by these names. Those
 * who copy the event themselves may share it; else it is for one thread.
 *
 * @param words what {@link #decode(long, Observation)} copies the event into
 */
public record TupleFields(
    StructWords words,
    BpfField.Bytes sourceAddress,
    BpfField.Bytes destinationAddress,
    BpfField.U16 sourcePort,
    BpfField.U16 destinationPort,
    BpfField.U16 tcpFlags,
    BpfField.U16 vlan,
    BpfField.U8 protocol,
    BpfField.U8 ipVersion,
    BpfField.U8 icmpType,
    BpfField.U8 icmpCode,
    BpfField.U32 interfaceIndex) {

  public TupleFields {
    if (!sourceAddress.isWords() || !destinationAddress.isWords()) {
      throw new BtfException(
          "source_addr and destination_addr are not both at multiples of 8 bytes: offsets="
              + sourceAddress.offset()
              + ","
              + destinationAddress.offset());
    }
  }

  /** Throws BtfException when the struct lacks one of them. */
  public TupleFields(BpfStruct event) {
    this(
        new StructWords(event.sizeBytes()),
        event.bytes("source_addr", 16),
        event.bytes("destination_addr", 16),
        event.u16("source_port"),
        event.u16("destination_port"),
        event.u16("tcp_flags"),
        event.u16("vlan"),
        event.u8("protocol"),
        event.u8("ip_version"),
        event.u8("icmp_type"),
        event.u8("icmp_code"),
        event.u32("interface_index"));
  }

  /** Copies them from the event at an address. */
  public void decode(long address, Observation event) {
    words.load(address);
    decode(words, event);
  }

  /** Copies them from a copy of the event. */
  public void decode(StructWords copy, Observation event) {
    event.sourceHigh = sourceAddress.high(copy);
    event.sourceLow = sourceAddress.low(copy);
    event.destinationHigh = destinationAddress.high(copy);
    event.destinationLow = destinationAddress.low(copy);
    event.sourcePort = sourcePort.get(copy);
    event.destinationPort = destinationPort.get(copy);
    event.tcpFlags = tcpFlags.get(copy);
    event.vlan = vlan.get(copy);
    event.protocol = protocol.get(copy);
    event.ipVersion = ipVersion.get(copy);
    event.icmpType = icmpType.get(copy);
    event.icmpCode = icmpCode.get(copy);
    event.interfaceIndex = interfaceIndex.bits(copy);
  }
}
