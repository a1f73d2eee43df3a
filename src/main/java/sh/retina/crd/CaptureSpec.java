package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link Capture} should record, of whom, and where its files go. */
@Stored
@ValidationRule(
    value = "!(has(self.schedule) && has(self.trigger))",
    message = "set schedule or trigger, not both: make a second Capture for the other")
public record CaptureSpec(
    @Required @JsonPropertyDescription("What to record, and of whom.")
        Configuration captureConfiguration,
    @Required
        @JsonPropertyDescription("Where the files go; more than one place may be named.")
        @ValidationRule(
            value =
                "has(self.hostPath) || has(self.persistentVolumeClaim) || has(self.blobUpload) ||"
                    + " has(self.s3Upload)",
            message =
                "outputConfiguration names no place: set at least one of hostPath,"
                    + " persistentVolumeClaim, blobUpload and s3Upload")
        Output outputConfiguration,
    @Nullable
        @Default("false")
        @JsonPropertyDescription(
            "Delete the Capture with its jobs once every file is at a place off the node.")
        Boolean cleanUpAfterUpload,
    @Nullable
        @Size(max = 128)
        @JsonPropertyDescription(
            "Cron expression of five fields, in UTC: a Capture is made for each run.")
        @ValidationRule(
            value =
                "self.matches('^@(hourly|daily|weekly|monthly|yearly|annually|midnight)$') ||"
                    + " self.matches('^[0-9A-Za-z*/,-]+( +[0-9A-Za-z*/,-]+){4}$')",
            message =
                "schedule has five fields, minute hour day month weekday, as in '*/30 * * * *'")
        String schedule,
    @Nullable
        @Min(0)
        @JsonPropertyDescription("With a schedule: how many finished Captures are kept, 3.")
        Integer successfulHistoryLimit,
    @Nullable
        @Min(0)
        @JsonPropertyDescription("With a schedule: how many failed Captures are kept, 1.")
        Integer failedHistoryLimit,
    @Nullable @JsonPropertyDescription("Start when this is seen of the target, not at once.")
        Trigger trigger) {

  /** What to record, and of whom. */
  @Stored
  @ValidationRule(
      value =
          "has(self.captureOption) && ((has(self.captureOption.duration) &&"
              + " self.captureOption.duration != '') || self.captureOption.maxCaptureSize > 0)",
      message =
          "nothing would end the capture: set captureOption.duration or"
              + " captureOption.maxCaptureSize")
  @ValidationRule(
      value =
          "!has(self.tcpdumpFilter) || self.tcpdumpFilter == '' || !has(self.captureOption) ||"
              + " ((!has(self.captureOption.sourceIPs) || size(self.captureOption.sourceIPs) == 0)"
              + " && (!has(self.captureOption.destinationIPs) ||"
              + " size(self.captureOption.destinationIPs) == 0))",
      message =
          "tcpdumpFilter does not go with captureOption.sourceIPs or destinationIPs: write the"
              + " addresses into captureOption.pcapFilter instead of tcpdumpFilter")
  public record Configuration(
      @Required @JsonPropertyDescription("Whose packets.") Target captureTarget,
      @Nullable @JsonPropertyDescription("Addresses and ports to keep or leave out.")
          Filters filters,
      @Nullable
          @Size(max = 1024)
          @JsonPropertyDescription("Deprecated: use captureOption.pcapFilter.")
          @ValidationRule(
              value = "!self.contains('-')",
              message =
                  "tcpdumpFilter is a filter expression without options and takes no '-': use"
                      + " captureOption.pcapFilter and the switches beside it")
          String tcpdumpFilter,
      @Nullable
          @Default("true")
          @JsonPropertyDescription("Keep addresses, routes, rules and statistics of the node too.")
          Boolean includeMetadata,
      @Nullable @JsonPropertyDescription("How to record, and for how long.")
          Option captureOption) {}

  /** Nodes by label, pods by label, or pods by name. */
  @Stored
  @ValidationRule(
      value =
          "[has(self.nodeSelector), has(self.namespaceSelector) || has(self.podSelector),"
              + " has(self.podNames) && size(self.podNames) > 0].filter(set, set).size() == 1",
      message =
          "captureTarget needs exactly one of nodeSelector, podSelector with namespaceSelector, and"
              + " podNames")
  public record Target(
      @Nullable @JsonPropertyDescription("Nodes with these labels.") LabelSelector nodeSelector,
      @Nullable @JsonPropertyDescription("Pods in namespaces with these labels.")
          LabelSelector namespaceSelector,
      @Nullable @JsonPropertyDescription("Pods with these labels.") LabelSelector podSelector,
      @Nullable
          @Size(max = 1000)
          @JsonPropertyDescription("Pods of the Capture's namespace, by name.")
          List<String> podNames) {}

  /** Entries are ADDRESS, PORT or ADDRESS:PORT; {@code *} stands for any. */
  @Stored
  public record Filters(
      @Nullable
          @JsonPropertyDescription(
              "Only what matches one of these: IP, port or IP:port, * for any.")
          List<String> include,
      @Nullable @JsonPropertyDescription("Nothing that matches one of these.")
          List<String> exclude) {}

  /** How to record; most are tcpdump's switches. */
  @Stored
  @ValidationRule(
      value = "!has(self.fileCount) || self.maxCaptureSize > 0",
      message =
          "fileCount needs maxCaptureSize, which is the size of each file: set it, or leave"
              + " fileCount out")
  public record Option(
      @Nullable
          @Size(max = 64)
          @JsonPropertyDescription("Ends the capture after this time, such as 30s or 1h30m.")
          @ValidationRule(
              value = "self == '' || self.matches('" + Patterns.DURATION + "')",
              message = "duration is a number with a unit, such as 30s, 10m or 1h30m")
          String duration,
      @Nullable @JsonPropertyDescription("Keep this many bytes of each packet.") Integer packetSize,
      @Nullable
          @Default("100")
          @JsonPropertyDescription(
              "Ends the capture at this size of its file in MB; with fileCount, starts the next"
                  + " file.")
          Integer maxCaptureSize,
      @Nullable
          @ValidationRule(
              value = "self >= 1",
              message = "fileCount is at least 1: leave it out for one file")
          @JsonPropertyDescription("Keep the last so many files of maxCaptureSize.")
          Integer fileCount,
      @Nullable @JsonPropertyDescription("Interfaces to record at; all where absent.")
          List<String> interfaces,
      @Nullable
          @Size(max = 1024)
          @JsonPropertyDescription("Filter expression of libpcap, such as 'tcp port 443'.")
          @ValidationRule(
              value = "!self.contains('-')",
              message =
                  "pcapFilter is a filter expression without options and takes no '-': use the"
                      + " switches of captureOption")
          String pcapFilter,
      @Nullable
          @Size(max = 100)
          @JsonPropertyDescription("Only packets from one of these addresses.")
          @ValidationRule(
              value = "self.all(ip, isIP(ip))",
              message = "sourceIPs has an entry that is no IP address: write 10.0.0.1 or fd00::1")
          List<@Size(max = 64) String> sourceIPs,
      @Nullable
          @Size(max = 100)
          @JsonPropertyDescription("Only packets to one of these addresses.")
          @ValidationRule(
              value = "self.all(ip, isIP(ip))",
              message =
                  "destinationIPs has an entry that is no IP address: write 10.0.0.1 or fd00::1")
          List<@Size(max = 64) String> destinationIPs,
      @Nullable
          @JsonPropertyDescription("pcap, or pcapng with names of pods and reasons of drops in it.")
          @ValidationRule(
              value = "self in ['pcap', 'pcapng']",
              message = "format is pcap or pcapng")
          String format,
      @Nullable @JsonPropertyDescription("tcpdump -p") Boolean noPromiscuous,
      @Nullable @JsonPropertyDescription("tcpdump -U") Boolean packetBuffered,
      @Nullable @JsonPropertyDescription("tcpdump --immediate-mode") Boolean immediateMode,
      @Nullable @JsonPropertyDescription("tcpdump -n") Boolean noResolveDNS,
      @Nullable @JsonPropertyDescription("tcpdump -nn") Boolean noResolvePort,
      @Nullable @JsonPropertyDescription("tcpdump -e") Boolean printLinkHeader,
      @Nullable @JsonPropertyDescription("tcpdump -q") Boolean quietOutput,
      @Nullable @JsonPropertyDescription("tcpdump -S") Boolean absoluteSeq,
      @Nullable @JsonPropertyDescription("tcpdump -K") Boolean dontVerifyChecksum,
      @Nullable
          @JsonPropertyDescription("tcpdump -v, -vv, -vvv")
          @ValidationRule(
              value = "self in ['', 'verbose', 'extra', 'max']",
              message = "verbosity is verbose, extra or max: leave it out for none")
          String verbosity,
      @Nullable
          @JsonPropertyDescription("tcpdump -x, -xx, -A, -AA")
          @ValidationRule(
              value = "self in ['', 'hex', 'hex-with-link', 'ascii', 'ascii-with-link']",
              message =
                  "printDataFormat is hex, hex-with-link, ascii or ascii-with-link: leave it out"
                      + " for none")
          String printDataFormat,
      @Nullable
          @JsonPropertyDescription("tcpdump -t, -tt, -ttt, -tttt, -ttttt")
          @ValidationRule(
              value = "self in ['', 'none', 'unformatted', 'delta', 'date', 'delta-since-first']",
              message =
                  "timestampFormat is none, unformatted, delta, date or delta-since-first: leave it"
                      + " out for tcpdump's own")
          String timestampFormat) {}

  /** Places for the files. */
  @Stored
  public record Output(
      @Nullable
          @Size(max = 4096)
          @JsonPropertyDescription("Directory below the operator's base directory on each node.")
          @ValidationRule(
              value =
                  "self != '' && !self.matches('^([/\\\\\\\\]|[A-Za-z]:)') &&"
                      + " !self.matches('(^|[/\\\\\\\\])[.][.]([/\\\\\\\\]|$)')",
              message =
                  "hostPath is a relative path without '..' below the operator's base directory:"
                      + " write my-capture instead of /tmp/my-capture")
          String hostPath,
      @Nullable @JsonPropertyDescription("A claim of the Capture's namespace.")
          String persistentVolumeClaim,
      @Nullable @JsonPropertyDescription("Name of the Secret with a blob container's SAS URL.")
          String blobUpload,
      @Nullable @JsonPropertyDescription("A bucket of an S3 compatible store.")
          S3Upload s3Upload) {}

  /** A bucket of an S3 compatible store. */
  @Stored
  public record S3Upload(
      @Nullable @JsonPropertyDescription("Address of the store; Amazon's where absent.")
          String endpoint,
      @Required
          @Size(max = 255)
          @ValidationRule(value = "self != ''", message = "s3Upload.bucket is empty: name a bucket")
          String bucket,
      @Required
          @Size(max = 253)
          @JsonPropertyDescription("Secret with s3-access-key-id and s3-secret-access-key.")
          @ValidationRule(
              value = "self != ''",
              message = "s3Upload.secretName is empty: name a Secret of the same namespace")
          String secretName,
      @Nullable String region,
      @Nullable @JsonPropertyDescription("Prefix of the files' names in the bucket.")
          String path) {}

  /** What a capture waits for. */
  @Stored
  public record Trigger(
      @Required
          @Size(max = 128)
          @JsonPropertyDescription(
              "A reason of a drop as metrics name it, DNS_ERROR or TCP_RETRANSMISSION.")
          @ValidationRule(
              value = "self.matches('^[A-Za-z0-9_]+$')",
              message =
                  "trigger.reason is DNS_ERROR, TCP_RETRANSMISSION or a drop reason such as"
                      + " NO_SOCKET")
          String reason,
      @Nullable
          @Min(1)
          @Max(1_000_000)
          @Default("1")
          @JsonPropertyDescription("How many within the window.")
          Integer rate,
      @Nullable
          @Size(max = 64)
          @Default("1m")
          @ValidationRule(
              value = "self.matches('" + Patterns.DURATION + "')",
              message = "trigger.window is a number with a unit, such as 30s or 5m")
          String window) {}
}
