package sh.retina.plugin;

import java.util.Map;
import sh.retina.bpf.Btf;

/** A source of events, which are journalled as it wrote them and decoded later. */
public sealed interface EventPlugin extends Plugin permits BpfPlugin, StreamPlugin {
  /**
   * What only the running kernel knows and a later reader needs, such as names of enum values; kept
   * in the journal.
   */
  Map<String, byte[]> attributes();

  /**
   * A decoder of events that an object with this BTF wrote.
   *
   * @throws RuntimeException when the BTF lacks a field; the message names struct and field
   */
  EventDecoder decoder(Btf btf, Map<String, byte[]> attributes);

  /**
   * Whether its events say something about those of others, and are thus to be read before them.
   */
  default boolean isReadFirst() {
    return false;
  }
}
