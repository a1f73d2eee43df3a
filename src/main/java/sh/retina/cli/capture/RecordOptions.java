package sh.retina.cli.capture;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.crd.CaptureSpec;
import sh.retina.job.Times;

/**
 * What to record, and for how long; names and defaults are those of Retina's users. Switches of
 * tcpdump's output are taken, as a file of packets has none of it.
 */
final class RecordOptions {
  @Option(
      names = "--duration",
      paramLabel = "TIME",
      description = "Such as 30s, 1h30m. Default: 1m.")
  private String duration = "1m";

  @Option(
      names = "--max-size",
      paramLabel = "MB",
      description =
          "Ends the capture of a node; with --file-count, begins the next file." + " Default: 100.")
  private int maxSize = 100;

  @Option(
      names = "--file-count",
      paramLabel = "N",
      description = "Keep the last N files of --max-size.")
  private int fileCount;

  @Option(names = "--packet-size", paramLabel = "BYTES", description = "Kept of each packet.")
  private int packetSize;

  @Option(
      names = "--interfaces",
      split = ",",
      paramLabel = "NAME",
      description = "Default: all of the node.")
  private List<String> interfaces = List.of();

  @Option(
      names = {"--pcap-filter"},
      paramLabel = "EXPRESSION",
      description = "In libpcap's language, as 'tcp port 443'.")
  private String pcapFilter = "";

  @Option(
      names = "--tcpdump-filter",
      paramLabel = "EXPRESSION",
      description = "Deprecated: the same.")
  private String tcpdumpFilter = "";

  @Option(
      names = "--source-ips",
      split = ",",
      paramLabel = "IP",
      description = "From any of these.")
  private List<String> sources = List.of();

  @Option(
      names = "--destination-ips",
      split = ",",
      paramLabel = "IP",
      description = "To any of these.")
  private List<String> destinations = List.of();

  @Option(
      names = "--include-filter",
      split = ",",
      paramLabel = "IP:PORT",
      description = "Any of these: IP, port or both; * is any.")
  private List<String> includes = List.of();

  @Option(
      names = "--exclude-filter",
      split = ",",
      paramLabel = "IP:PORT",
      description = "None of these.")
  private List<String> excludes = List.of();

  @Option(names = "--format", paramLabel = "NAME", description = "pcapng or pcap. Default: pcapng.")
  private String format = "pcapng";

  @Option(
      names = "--include-metadata",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Addresses, routes, rules and statistics of the node too. Default: true.")
  private boolean metadata = true;

  @Option(
      names = "--no-promiscuous",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "BOOL",
      description = "Only what is for the node.")
  private boolean noPromiscuous;

  @Option(
      names = {
        "--packet-buffered",
        "--immediate-mode",
        "--no-resolve-dns",
        "--no-resolve-port",
        "--print-link-header",
        "--quiet-output",
        "--absolute-seq",
        "--dont-verify-checksum"
      },
      arity = "0..1",
      fallbackValue = "true",
      hidden = true)
  private boolean printed;

  @Option(
      names = {"--verbosity", "--timestamp-format", "--print-data"},
      hidden = true)
  private @Nullable String printedAs;

  /** The one part of it. */
  CaptureSpec.Configuration configuration(CaptureSpec.Target target) {
    boolean ends = !duration.isBlank();
    if (ends) {
      try {
        Times.parse(duration.strip());
      } catch (IllegalArgumentException e) {
        throw CliException.usage("--duration: " + e.getMessage());
      }
    }
    if (!ends && maxSize <= 0) {
      throw CliException.usage("nothing would end the capture: set --duration or --max-size");
    }
    if (fileCount > 0 && maxSize <= 0) {
      throw CliException.usage("--file-count needs --max-size, the size of each file");
    }
    if (!format.equals("pcap") && !format.equals("pcapng")) {
      throw CliException.usage("--format " + format + ": is pcapng or pcap");
    }
    return new CaptureSpec.Configuration(
        target,
        filters(),
        tcpdumpFilter.isBlank() ? null : tcpdumpFilter,
        metadata,
        new CaptureSpec.Option(
            ends ? duration.strip() : null,
            positive(packetSize),
            positive(maxSize),
            positive(fileCount),
            orNull(interfaces),
            pcapFilter.isBlank() ? null : pcapFilter,
            orNull(sources),
            orNull(destinations),
            format,
            noPromiscuous ? true : null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null));
  }

  private CaptureSpec.@Nullable Filters filters() {
    List<String> with = orNull(includes);
    List<String> without = orNull(excludes);
    return with == null && without == null ? null : new CaptureSpec.Filters(with, without);
  }

  private static @Nullable Integer positive(int number) {
    return number > 0 ? number : null;
  }

  private static @Nullable List<String> orNull(List<String> words) {
    List<String> given = TargetOptions.nonEmpty(words);
    return given.isEmpty() ? null : given;
  }

  /** Whether something was given that a file of packets has no place for. */
  boolean hasPrinted() {
    return printed || printedAs != null;
  }
}
