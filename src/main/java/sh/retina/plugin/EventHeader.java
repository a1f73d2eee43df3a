package sh.retina.plugin;

import java.util.Map;
import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.bpf.BtfException;

/**
 * {@code struct event_header} of event.h, which every event begins with: its fields, bound in one
 * event's struct.
 */
public final class EventHeader {
  private final BpfField.U64 timeNs;
  private final BpfField.U16 kind;
  private final int sizeBytes;
  private final int wantedKind;

  /**
   * Binds the header of an event.
   *
   * @param kindName constant of {@code enum event_kind} that such events carry
   * @throws BtfException when the struct does not begin as event.h says, or there is no such kind
   */
  public EventHeader(Btf btf, BpfStruct event, String kindName) {
    timeNs = event.u64("header.time_ns");
    kind = event.u16("header.kind");
    sizeBytes = event.sizeBytes();
    Map<String, Long> kinds = btf.enumValues("event_kind");
    Long wanted = kinds.get(kindName);
    if (wanted == null) {
      throw new BtfException("enum event_kind has no " + kindName + "; it has " + kinds.keySet());
    }
    wantedKind = wanted.intValue();
  }

  /** Whether {@code length} bytes at an address hold an event of this kind, whole. */
  public boolean matches(long address, int length) {
    return length >= sizeBytes && kind.get(address) == wantedKind;
  }

  /** CLOCK_MONOTONIC at the report, ns. */
  public long timeNs(long address) {
    return timeNs.get(address);
  }
}
