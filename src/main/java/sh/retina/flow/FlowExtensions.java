package sh.retina.flow;

import com.google.protobuf.Any;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sh.retina.event.DnsView;
import sh.retina.event.Observation;
import sh.retina.event.Protocol;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;
import sh.retina.identity.IdentityTable;

/**
 * What the Hubble flow has no field for, as a {@code google.protobuf.Struct} in {@code
 * Flow.extensions}. Zero and empty values are left out. The {@code previously_observed_*} values
 * are those that readers of Retina's flows add to the one packet that a flow stands for there: with
 * them their sums are right for a flow that counts many. Not thread-safe.
 */
final class FlowExtensions {
  /** include/net/tcp_states.h, in the words of ss(8) and netstat(8). */
  private static final Map<Integer, String> TCP_STATES =
      Map.ofEntries(
          Map.entry(1, "ESTABLISHED"),
          Map.entry(2, "SYN_SENT"),
          Map.entry(3, "SYN_RECV"),
          Map.entry(4, "FIN_WAIT1"),
          Map.entry(5, "FIN_WAIT2"),
          Map.entry(6, "TIME_WAIT"),
          Map.entry(7, "CLOSE"),
          Map.entry(8, "CLOSE_WAIT"),
          Map.entry(9, "LAST_ACK"),
          Map.entry(10, "LISTEN"),
          Map.entry(11, "CLOSING"),
          Map.entry(12, "NEW_SYN_RECV"));

  private static final String TYPE = "type.googleapis.com/google.protobuf.Struct";
  private static final TcpFlag[] FLAGS = TcpFlag.values();

  private static final List<String> REASONS =
      Arrays.stream(ReportReason.values())
          .map(reason -> reason.name().toLowerCase(Locale.ROOT))
          .toList();

  private final StructBytes fields = new StructBytes();
  private final StructBytes flags = new StructBytes();

  Any encode(Observation o, IdentityTable names) {
    fields.clear();
    put(fields, "bytes", o.bytes);
    put(fields, "packets", o.packets);
    if (!FlowFields.isSocket(o)) {
      put(fields, "previously_observed_packets", Math.max(0, o.packets - 1));
    }
    if (o.protocol == Protocol.TCP) {
      putFlags(o);
    }
    DnsView message = o.dns;
    if (message == null && o.monitorType != FlowFields.EVENT_L7) {
      put(fields, "report_reason", REASONS.get(o.reason.ordinal()));
    } else if (message != null) {
      put(fields, "dns_truncated", message.isTruncated() ? 1 : 0);
    }
    put(fields, "sampling", o.sampling > 1 ? o.sampling : 0);
    put(fields, "rtt_ns", o.rttNs);
    put(fields, "connect_ns", o.connectNs);
    put(fields, "vlan", o.vlan);
    put(fields, "network_namespace", Integer.toUnsignedLong(o.networkNamespace));
    put(fields, "cgroup", o.cgroupId == 0 ? "" : names.cgroup(o.cgroupId));
    put(fields, "source_zone", o.source.zone());
    put(fields, "destination_zone", o.destination.zone());
    if (FlowFields.isSocket(o)) {
      putSocket(o);
    }
    if (FlowFields.isDrop(o)) {
      put(fields, "drop_reason", DropReasons.shortName(o.dropReasonName));
      put(fields, "drop_function", o.dropFunction);
      put(fields, "drop_location", location(o, names));
    }
    return Any.newBuilder().setTypeUrl(TYPE).setValue(fields.copy()).build();
  }

  /** The function that dropped, its address where no name is known, empty where neither is. */
  static String location(Observation o, IdentityTable names) {
    if (o.dropLocation == 0) {
      return "";
    }
    String symbol = names.symbol(o.dropLocation);
    return symbol.isEmpty() ? "0x" + Long.toHexString(o.dropLocation) : symbol;
  }

  private void putSocket(Observation o) {
    put(fields, "socket_report", o.socketReport.name().toLowerCase(Locale.ROOT));
    put(fields, "tcp_state", TCP_STATES.getOrDefault(o.tcpState, ""));
    switch (o.socketReport) {
      case RETRANSMISSION -> put(fields, "tcp_sequence", Integer.toUnsignedLong(o.tcpSequence));
      case RESET -> put(fields, "tcp_phase", o.tcpPhase.label());
      case CONNECTION -> {
        put(fields, "tcp_outcome", o.tcpOutcome.label());
        put(fields, "received_packets", o.receivedPackets);
        put(fields, "received_bytes", o.receivedBytes);
        put(fields, "retransmissions", o.retransmissions);
        put(fields, "duration_ns", o.durationNs);
        put(fields, "min_rtt_ns", o.minRttNs);
        put(fields, "max_rtt_ns", o.maxRttNs);
      }
      case NONE -> {}
    }
  }

  // The flow's own flags count once, so one of each is taken off.
  private void putFlags(Observation o) {
    flags.clear();
    long synAck = o.flagCounts[TcpFlag.SYNACK.ordinal()];
    for (TcpFlag flag : FLAGS) {
      if (flag == TcpFlag.SYNACK) {
        continue;
      }
      long count = o.flagCounts[flag.ordinal()];
      if (flag == TcpFlag.SYN || flag == TcpFlag.ACK) {
        count += synAck;
      }
      put(flags, flag.name(), flag.isIn(o.tcpFlags) ? count - 1 : count);
    }
    if (!flags.isEmpty()) {
      fields.put("previously_observed_tcp_flags", flags);
    }
  }

  private static void put(StructBytes fields, String key, long value) {
    if (value > 0) {
      fields.put(key, (double) value);
    }
  }

  private static void put(StructBytes fields, String key, String value) {
    if (!value.isEmpty()) {
      fields.put(key, value);
    }
  }
}
