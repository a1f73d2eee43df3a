package sh.retina.cli.explain;

import java.util.Locale;

/** What keeps a connection from working, or makes it work badly. */
public enum Cause {
  /** The name has no address: NXDOMAIN. */
  DNS_NAME_UNKNOWN,
  /** The name server failed or refused. */
  DNS_SERVER_FAILED,
  /** The question was not answered. */
  DNS_NO_ANSWER,
  /** No object of this name. */
  NOT_FOUND,
  /** The Service has no such port. */
  NOT_A_SERVICE_PORT,
  /** The Service selects nothing. */
  NO_ENDPOINTS,
  /** Pods are there, none of them runs. */
  POD_NOT_RUNNING,
  /** Pods run, none of them is ready. */
  POD_NOT_READY,
  /** A NetworkPolicy does not let it pass. */
  NETWORK_POLICY,
  /** The Service sends to a port of its pods where nobody listens. */
  WRONG_TARGET_PORT,
  /** Nobody listens. */
  CLOSED_PORT,
  /** A rule of iptables or nftables dropped it. */
  FIREWALL,
  /** An ICMP error says that it is forbidden. */
  PROHIBITED,
  /** A router has no route, or one that says unreachable. */
  NO_ROUTE,
  /** The source address came from where it should not be. */
  REVERSE_PATH,
  /** Nobody has the address. */
  NO_NEIGHBOUR,
  /** The packet went through too many routers: a loop, or a small TTL. */
  TTL_EXCEEDED,
  /** Packets are larger than a link of the way. */
  MTU,
  /** Bytes were damaged on the way. */
  CHECKSUM,
  /** The receiver does not read. */
  RECEIVER_FULL,
  /** A queueing discipline, tc or XDP dropped it. */
  TRAFFIC_CONTROL,
  /** The connection tracking table is full. */
  CONNTRACK_FULL,
  /** The kernel dropped it for another reason, which the finding names. */
  DROPPED,
  /** Who listens does not accept. */
  LISTEN_QUEUE_FULL,
  /** It arrives and is not answered. */
  NO_ANSWER,
  /** It leaves the source and does not arrive. */
  LOST_ON_THE_WAY,
  RESET_BY_SERVER,
  RESET_BY_CLIENT,
  /** A reset that the other end did not send. */
  RESET_ON_THE_WAY,
  /** Connections work, and segments are sent again and again. */
  LOSS;

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
