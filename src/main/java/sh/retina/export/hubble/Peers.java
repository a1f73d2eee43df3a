package sh.retina.export.hubble;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import sh.retina.flow.proto.peer.ChangeNotification;
import sh.retina.flow.proto.peer.ChangeNotificationType;
import sh.retina.flow.proto.peer.TLS;

/**
 * The nodes that serve flows, as a relay is told of them: all there are, then each change.
 * Thread-safe.
 */
public final class Peers {
  private final String cluster;
  private final boolean hasTls;
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final List<Consumer<ChangeNotification>> listeners = new ArrayList<>();

  /**
   * @param cluster empty or {@code default} where there is only one
   * @param hasTls whether the nodes' Observers have TLS
   */
  Peers(String cluster, boolean hasTls) {
    this.cluster = cluster;
    this.hasTls = hasTls;
  }

  /**
   * A node appeared, or has another address.
   *
   * @param address IP address, with the port of its Observer if that has one
   */
  public synchronized void put(String node, String address) {
    String before = addresses.put(node, address);
    if (before == null) {
      tell(notification(node, address, ChangeNotificationType.PEER_ADDED));
    } else if (!before.equals(address)) {
      tell(notification(node, address, ChangeNotificationType.PEER_UPDATED));
    }
  }

  /** A node is gone. */
  public synchronized void remove(String node) {
    String address = addresses.remove(node);
    if (address != null) {
      tell(notification(node, address, ChangeNotificationType.PEER_DELETED));
    }
  }

  /** Tells the listener of all nodes, then of every change until {@link #leave}. */
  synchronized void join(Consumer<ChangeNotification> listener) {
    addresses.forEach((node, address) ->
        listener.accept(notification(node, address, ChangeNotificationType.PEER_ADDED)));
    listeners.add(listener);
  }

  synchronized void leave(Consumer<ChangeNotification> listener) {
    listeners.remove(listener);
  }

  private void tell(ChangeNotification change) {
    List.copyOf(listeners).forEach(listener -> listener.accept(change));
  }

  private ChangeNotification notification(
      String node, String address, ChangeNotificationType type) {
    ChangeNotification.Builder change =
        ChangeNotification.newBuilder().setName(named(node)).setAddress(address).setType(type);
    if (hasTls) {
      change.setTls(TLS.newBuilder().setServerName(serverName(node)));
    }
    return change.build();
  }

  private String named(String node) {
    return cluster.isEmpty() || cluster.equals("default") ? node : cluster + "/" + node;
  }

  /** The name in a node's certificate; a dot would be beyond its wildcard. */
  String serverName(String node) {
    String of = cluster.isEmpty() ? "default" : cluster;
    return node.replace('.', '-') + "." + of.replace('.', '-') + ".hubble-grpc.cilium.io";
  }
}
