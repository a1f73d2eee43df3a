package sh.retina.bpf;

/** What a {@link LinkMonitor} saw. */
public sealed interface LinkEvent {
  /** An interface came or changed. */
  record Changed(NetworkLink link) implements LinkEvent {}

  /** An interface went. */
  record Removed(int index, String name) implements LinkEvent {}

  /** A default route came, changed or went. */
  record DefaultRoute() implements LinkEvent {}

  /** The kernel had more news than the socket could hold: the interfaces must be listed again. */
  record Overrun() implements LinkEvent {}
}
