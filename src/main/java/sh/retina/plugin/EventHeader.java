package sh.retina.plugin;

import java.util.Map;
import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.bpf.BtfException;
import sh.retina.bpf.StructWords;

/**
 * {@code struct event_header} of event.h, which every event begins with: its fields, bound in one
 * event's struct.
 */
public record EventHeader(BpfField.U64 timeNs, BpfField.U16 kind, int sizeBytes, int wantedKind) {

  /**
   * Binds the header of an event.
   *
   * @param kindName constant of {@code enum event_kind} that such events carry
   * @throws BtfException when the struct does not begin as event.h says, or there is no such kind
   */
  public EventHeader(Btf btf, BpfStruct event, String kindName) {
    this(
        event.u64("header.time_ns"),
        event.u16("header.kind"),
        event.sizeBytes(),
        kind(btf, kindName));
  }

  private static int kind(Btf btf, String name) {
    Map<String, Long> kinds = btf.enumValues("event_kind");
    Long kind = kinds.get(name);
    if (kind == null) {
      throw new BtfException("enum event_kind has no " + name + "; it has " + kinds.keySet());
    }
    return kind.intValue();
  }

  /** Whether {@code length} bytes at an address hold an event of this kind, whole. */
  public boolean matches(long address, int length) {
    return length >= sizeBytes && kind.get(address) == wantedKind;
  }

  /** CLOCK_MONOTONIC at the report, ns, from a copy of the event. */
  public long timeNs(StructWords copy) {
    return timeNs.get(copy);
  }

  /** CLOCK_MONOTONIC at the report, ns. */
  public long timeNs(long address) {
    return timeNs.get(address);
  }
}
