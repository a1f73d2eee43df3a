package sh.retina.plugin.sample;

import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.Protocol;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;

/** {@code struct sample_event}, bound by name. */
final class SampleDecoder implements EventDecoder {
  private static final long MAPPED = 0xffffL << 32; // ::ffff:a.b.c.d

  private final int sizeBytes;
  private final BpfField.U64 timeNs;
  private final BpfField.U32 source;
  private final BpfField.U32 destination;
  private final BpfField.U32 bytes;
  private final BpfField.U16 sourcePort;
  private final BpfField.U16 destinationPort;

  SampleDecoder(Btf btf) {
    BpfStruct event = btf.struct("sample_event");
    sizeBytes = event.sizeBytes();
    timeNs = event.u64("time_ns");
    source = event.u32("source");
    destination = event.u32("destination");
    bytes = event.u32("bytes");
    sourcePort = event.u16("source_port");
    destinationPort = event.u16("destination_port");
  }

  @Override
  public boolean decode(long address, int length, Observation event) {
    if (length < sizeBytes) {
      return false;
    }
    event.plugin = SamplePlugin.NAME;
    event.verdict = Verdict.FORWARDED;
    event.point = ObservationPoint.FROM_ENDPOINT;
    event.timeNs = timeNs.get(address);
    event.ipVersion = 4;
    event.protocol = Protocol.UDP;
    event.sourceLow = MAPPED | address(source.bits(address));
    event.destinationLow = MAPPED | address(destination.bits(address));
    event.sourcePort = sourcePort.get(address);
    event.destinationPort = destinationPort.get(address);
    event.packets = 1;
    event.bytes = bytes.bits(address);
    return true;
  }

  private static long address(int networkOrder) {
    return Integer.toUnsignedLong(Integer.reverseBytes(networkOrder));
  }
}
