package sh.retina.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One report of the kernel, decoded and enriched: a cursor that the stages fill and read, one per
 * pipeline, reused for every event so that the path allocates nothing. Not thread-safe; valid until
 * the next event is decoded into it. Keep values, never the object.
 *
 * <p>Times: {@link #timeNs} is wall-clock nanoseconds since 1970 (the kernel's monotonic time plus
 * the offset that is journalled with each batch). Ports and VLAN ids are in host order. Addresses
 * are as in {@link IpAddress}.
 */
public final class Observation {
  /** Name of the plugin that reported. */
  public String plugin = "";

  /**
   * Index of the journal's excerpt that the report came from, and its number within that excerpt:
   * the same again in each replay, so that a flow keeps its id. Set by the reader, after decoding.
   */
  public long journalIndex;

  public int journalRecord;

  /** Wall clock of the report, ns since 1970. */
  public long timeNs;

  /** Wall clock of the first packet that this report counts, ns since 1970; 0 if not told. */
  public long firstNs;

  public Verdict verdict = Verdict.UNKNOWN;
  public ObservationPoint point = ObservationPoint.UNKNOWN;
  public ReportReason reason = ReportReason.PACKET;

  /**
   * Which way, where the event itself says so (drops); forwarded packets say it by {@link #point}.
   */
  public Direction direction = Direction.UNKNOWN;

  public long sourceHigh;
  public long sourceLow;
  public long destinationHigh;
  public long destinationLow;

  /** 4, 6, or 0 when the packet is not IP. */
  public int ipVersion;

  public int protocol;
  public int sourcePort;
  public int destinationPort;
  public int icmpType;
  public int icmpCode;

  /** VLAN id, 0 without a tag. */
  public int vlan;

  /** Packets and bytes since the last report, already multiplied by {@link #sampling}. */
  public long packets;

  public long bytes;

  /** N when only one in N new connections is followed; 1 without sampling. */
  public int sampling = 1;

  /** Union of the TCP flags of the packets counted here. */
  public int tcpFlags;

  /** Packets by flag, indexed by {@link TcpFlag#ordinal()}. */
  public final long[] flagCounts = new long[TcpFlag.values().length];

  public Reply reply = Reply.UNKNOWN;

  /**
   * Type of the monitor message in Cilium's numbers where it is neither a drop nor a packet at a
   * {@link #point}: 5 what a network policy decided, 129 a request or an answer. 0 for all others.
   */
  public int monitorType;

  /**
   * By what the policy decided, in Cilium's numbers: 0 nothing, 1 L3, 2 L3 and L4, 3 L4, 4 all, 5
   * L3 and protocol, 6 protocol. Of such decisions only.
   */
  public int policyMatchType;

  /**
   * Whether this point is the first on the node that these packets pass, so that a sum over the
   * node counts each once.
   */
  public boolean firstOnNode;

  /**
   * A round trip measured by TCP timestamps between this point and the peer, ns; 0 = none in this
   * report.
   */
  public long rttNs;

  /** SYN to SYN-ACK as seen here, ns; 0 = none in this report. */
  public long connectNs;

  public int interfaceIndex;

  /**
   * Interface name, up to 16 bytes, zero-padded, big endian in two longs; 0 when only the index is
   * known.
   */
  public long interfaceNameHigh;

  public long interfaceNameLow;

  /** The kernel's {@code enum skb_drop_reason} value, subsystem in the upper half. */
  public int dropReason;

  /** Name of {@link #dropReason} on the kernel that reported it; empty for what was not dropped. */
  public String dropReasonName = "";

  /** What a watched function of the kernel said about the drop; empty where none did. */
  public String dropFunction = "";

  /** Kernel address of the code that dropped; 0 = none. */
  public long dropLocation;

  /** cgroup v2 id of the socket's owner; 0 = unknown. */
  public long cgroupId;

  /** Inode number of the network namespace; 0 = unknown. */
  public int networkNamespace;

  /** What a TCP socket reports; the fields below it are of such reports only. */
  public SocketReport socketReport = SocketReport.NONE;

  public TcpOutcome tcpOutcome = TcpOutcome.OPEN;
  public TcpPhase tcpPhase = TcpPhase.UNKNOWN;

  /** The socket's state of include/net/tcp_states.h; of an end, the last one before it. */
  public int tcpState;

  /** Of a segment that was sent again: 32 bits. */
  public int tcpSequence;

  /** From the SYN, or the answer to it, until now, ns; 0 = unknown. */
  public long durationNs;

  /** Segments and payload that the reporting end received, beside what it sent. */
  public long receivedPackets;

  public long receivedBytes;

  /** Segments that the reporting end sent again. */
  public long retransmissions;

  /** Bounds of {@link #rttNs} over the connection, ns; 0 = unknown. */
  public long minRttNs;

  public long maxRttNs;

  /** The DNS message that this observation is about; null for a report about packets. */
  public @Nullable DnsView dns;

  /** From the query to this answer, both seen at this point, ns; 0 = not known. */
  public long dnsLatencyNs;

  /** Whether {@link #firstOnNode} held for the query that this answers. */
  public boolean dnsQueryFirstOnNode;

  /** What a proxy told of a request over HTTP or the answer to it; null for all others. */
  public @Nullable HttpMessage http;

  /** From the request to this answer, both told of by the same proxy, ns; 0 = not known. */
  public long httpLatencyNs;

  /**
   * DNS names by which the other side asked for the address, without the dot at the end; set for
   * flows only.
   */
  public List<String> sourceNames = List.of();

  public List<String> destinationNames = List.of();

  /** Labels of this node, {@code key=value}, sorted; set for flows only. */
  public List<String> nodeLabels = List.of();

  /** Set by the enrich stage. */
  public Endpoint source = Endpoint.UNKNOWN;

  /** Set by the enrich stage. */
  public Endpoint destination = Endpoint.UNKNOWN;

  /** Whether a packet answers the side that opened the connection. */
  public enum Reply {
    UNKNOWN,
    NO,
    YES
  }

  /** Back to the state of a new object, so that a decoder sets only what its event carries. */
  public void clear() {
    plugin = "";
    journalIndex = 0;
    journalRecord = 0;
    timeNs = 0;
    firstNs = 0;
    verdict = Verdict.UNKNOWN;
    point = ObservationPoint.UNKNOWN;
    reason = ReportReason.PACKET;
    direction = Direction.UNKNOWN;
    sourceHigh = 0;
    sourceLow = 0;
    destinationHigh = 0;
    destinationLow = 0;
    ipVersion = 0;
    protocol = 0;
    sourcePort = 0;
    destinationPort = 0;
    icmpType = 0;
    icmpCode = 0;
    vlan = 0;
    packets = 0;
    bytes = 0;
    sampling = 1;
    tcpFlags = 0;
    for (int i = 0; i < flagCounts.length; i++) {
      flagCounts[i] = 0;
    }
    reply = Reply.UNKNOWN;
    monitorType = 0;
    policyMatchType = 0;
    firstOnNode = false;
    rttNs = 0;
    connectNs = 0;
    interfaceIndex = 0;
    interfaceNameHigh = 0;
    interfaceNameLow = 0;
    dropReason = 0;
    dropReasonName = "";
    dropFunction = "";
    dropLocation = 0;
    cgroupId = 0;
    networkNamespace = 0;
    socketReport = SocketReport.NONE;
    tcpOutcome = TcpOutcome.OPEN;
    tcpPhase = TcpPhase.UNKNOWN;
    tcpState = 0;
    tcpSequence = 0;
    durationNs = 0;
    receivedPackets = 0;
    receivedBytes = 0;
    retransmissions = 0;
    minRttNs = 0;
    maxRttNs = 0;
    dns = null;
    dnsLatencyNs = 0;
    dnsQueryFirstOnNode = false;
    http = null;
    httpLatencyNs = 0;
    sourceNames = List.of();
    destinationNames = List.of();
    nodeLabels = List.of();
    source = Endpoint.UNKNOWN;
    destination = Endpoint.UNKNOWN;
  }
}
