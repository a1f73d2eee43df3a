package sh.retina.plugin.linuxutil;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which of the node's counters are shown. A name that this kernel does not have has no effect;
 * {@code *} stands for all.
 *
 * @param tcpStatistics of TcpExt, MPTcpExt and Tcp
 * @param ipStatistics of IpExt, Ip, and Ip6 and Icmp6 with their prefix; of Icmp with the prefix
 *     Icmp
 * @param udpStatistics of Udp, and Udp6 with its prefix
 * @param ethtoolStatistics what a driver's name of a counter contains
 * @param podInterfaces whether the host sides of pods' veths are shown, too
 * @param maxInterfaces how many interfaces at most
 */
@ConfigurationProperties(prefix = "retina.linuxutil")
public record LinuxutilProperties(
    @DefaultValue({
          "ListenDrops",
          "ListenOverflows",
          "LockDroppedIcmps",
          "PFMemallocDrop",
          "TCPBacklogDrop",
          "TCPDeferAcceptDrop",
          "TCPMinTTLDrop",
          "TCPRcvQDrop",
          "TCPReqQFullDrop",
          "TCPZeroWindowDrop",
          "TCPOFODrop",
          "TCPTimeWaitOverflow",
          "TCPTimeouts",
          "TCPLossProbes",
          "TCPLostRetransmit",
          "TCPSynRetrans",
          "TCPRetransFail",
          "TCPAbortOnMemory",
          "TCPAbortOnTimeout",
          "TCPMemoryPressures",
          "SyncookiesSent",
          "SyncookiesRecv",
          "SyncookiesFailed",
          "DataCsumErr",
          "AddAddrDrop",
          "RmAddrDrop",
          "ActiveOpens",
          "PassiveOpens",
          "AttemptFails",
          "EstabResets",
          "InSegs",
          "OutSegs",
          "RetransSegs",
          "InErrs",
          "InCsumErrors",
          "OutRsts"
        })
        List<@NotBlank String> tcpStatistics,
    @DefaultValue({
          "InNoRoutes",
          "InTruncatedPkts",
          "InCsumErrors",
          "InHdrErrors",
          "InAddrErrors",
          "InDiscards",
          "OutDiscards",
          "OutNoRoutes",
          "ForwDatagrams",
          "ReasmFails",
          "FragFails",
          "Ip6InNoRoutes",
          "Ip6InHdrErrors",
          "Ip6InAddrErrors",
          "Ip6InTooBigErrors",
          "Ip6InDiscards",
          "Ip6OutDiscards",
          "Ip6OutNoRoutes",
          "Ip6OutForwDatagrams",
          "Ip6ReasmFails",
          "Ip6FragFails",
          "IcmpInErrors",
          "IcmpInDestUnreachs",
          "IcmpOutDestUnreachs",
          "Icmp6InErrors",
          "Icmp6InPktTooBigs",
          "Icmp6OutPktTooBigs"
        })
        List<@NotBlank String> ipStatistics,
    @DefaultValue({
          "InDatagrams",
          "OutDatagrams",
          "NoPorts",
          "InErrors",
          "RcvbufErrors",
          "SndbufErrors",
          "InCsumErrors",
          "MemErrors",
          "Udp6InDatagrams",
          "Udp6OutDatagrams",
          "Udp6NoPorts",
          "Udp6InErrors",
          "Udp6RcvbufErrors",
          "Udp6SndbufErrors",
          "Udp6InCsumErrors",
          "Udp6MemErrors"
        })
        List<@NotBlank String> udpStatistics,
    @DefaultValue({"err", "drop", "discard", "miss"}) List<@NotBlank String> ethtoolStatistics,
    @DefaultValue("false") boolean podInterfaces,
    @DefaultValue("64") @Min(1) @Max(4096) int maxInterfaces) {
  /** Stands for all names. */
  static final String ALL = "*";

  public LinuxutilProperties {
    tcpStatistics = List.copyOf(tcpStatistics);
    ipStatistics = List.copyOf(ipStatistics);
    udpStatistics = List.copyOf(udpStatistics);
    ethtoolStatistics = List.copyOf(ethtoolStatistics);
  }

  /** Whether a driver's counter is shown. */
  boolean isWantedOfDriver(String name) {
    return ethtoolStatistics.stream().anyMatch(part -> part.equals(ALL) || name.contains(part));
  }
}
