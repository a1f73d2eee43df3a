package sh.retina.capture;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import sh.retina.bpf.PacketSource;
import sh.retina.capture.CaptureSettings.Format;
import sh.retina.capture.flow.FlowTrigger;
import sh.retina.capture.output.OutputSettings;

/** Reads {@link CaptureSettings} from {@link Values}. Finds all faults before it gives up. */
final class SettingsReader {
  /** Keys and their variables, those of Retina's own Jobs where it has them. */
  private static final Map<String, String> KEYS = new LinkedHashMap<>();

  static {
    KEYS.put("name", "CAPTURE_NAME");
    KEYS.put("node", "NODE_HOST_NAME");
    KEYS.put("duration", "CAPTURE_DURATION");
    KEYS.put("max-size", "CAPTURE_MAX_SIZE");
    KEYS.put("file-count", "CAPTURE_FILE_COUNT");
    KEYS.put("packet-size", "CAPTURE_PACKET_SIZE");
    KEYS.put("interfaces", "CAPTURE_INTERFACES");
    KEYS.put("network-namespace", "CAPTURE_NETWORK_NAMESPACE");
    KEYS.put("pcap-filter", "PCAP_FILTER");
    KEYS.put("format", "CAPTURE_FORMAT");
    KEYS.put("buffer-size", "CAPTURE_BUFFER_SIZE");
    KEYS.put("no-promiscuous", "CAPTURE_NO_PROMISCUOUS");
    KEYS.put("names", "CAPTURE_NAMES");
    KEYS.put("directory", "CAPTURE_DIRECTORY");
    KEYS.put("host-path", "HOSTPATH");
    KEYS.put("claim", "PERSISTENT_VOLUME_CLAIM");
    KEYS.put("claim-directory", "CAPTURE_CLAIM_DIRECTORY");
    KEYS.put("s3-bucket", "S3_BUCKET");
    KEYS.put("s3-endpoint", "S3_ENDPOINT");
    KEYS.put("s3-region", "S3_REGION");
    KEYS.put("s3-path", "S3_PATH");
    KEYS.put("s3-secret", "CAPTURE_S3_SECRET");
    KEYS.put("blob-url-file", "CAPTURE_BLOB_URL_FILE");
    KEYS.put("include-metadata", "INCLUDE_METADATA");
    KEYS.put("agent", "CAPTURE_AGENT");
    KEYS.put("flows", "CAPTURE_FLOWS");
    KEYS.put("comments", "CAPTURE_COMMENTS");
    KEYS.put("trigger-reason", "CAPTURE_TRIGGER_REASON");
    KEYS.put("trigger-rate", "CAPTURE_TRIGGER_RATE");
    KEYS.put("trigger-window", "CAPTURE_TRIGGER_WINDOW");
    KEYS.put("before", "CAPTURE_BEFORE");
    KEYS.put("rearm", "CAPTURE_REARM");
    KEYS.put("pause", "CAPTURE_PAUSE");
    KEYS.put("keep-files", "CAPTURE_KEEP_FILES");
    KEYS.put("keep-size", "CAPTURE_KEEP_SIZE");
    KEYS.put("stdout", "CAPTURE_STDOUT");
    KEYS.put("progress", "CAPTURE_PROGRESS");
    KEYS.put("status-file", "CAPTURE_STATUS_FILE");
  }

  private static final int MEGABYTE = 1_000_000;
  private static final int MAX_BUFFER_MEGABYTES = 1_000;
  private static final int BEFORE_MEGABYTES = 8;
  private static final Duration LEAST_PAUSE = Duration.ofSeconds(1);

  /** A file's name must be one on any node. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,251})");

  /** What the kernel takes for an interface's name, without what a filter would read otherwise. */
  private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@:-]{0,14}");

  /** As the custom resource has it. */
  private static final Pattern REASON = Pattern.compile("[A-Z][A-Z0-9_]{0,62}");

  private final Values values;

  private SettingsReader(Values values) {
    this.values = values;
  }

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException with all faults, a line each
   */
  static CaptureSettings read(List<String> arguments, Map<String, String> environment) {
    Values values = new Values(KEYS, arguments, environment);
    CaptureSettings settings = new SettingsReader(values).settings();
    if (!values.faults().isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", values.faults()));
    }
    return settings;
  }

  private CaptureSettings settings() {
    Duration duration = values.duration("duration");
    long maxBytes = values.number("max-size", 0, 0, Integer.MAX_VALUE) * (long) MEGABYTE;
    int fileCount = values.number("file-count", 0, 0, 100_000);
    boolean isStream = values.isOn("stdout");
    // A stream ends with its reader, and a ring of files when it is told to.
    if (!isStream && duration == null && maxBytes == 0) {
      values.fault("nothing would end the capture: set --duration or --max-size");
    }
    if (fileCount > 0 && maxBytes == 0) {
      values.fault("--file-count needs --max-size, the size of each file");
    }
    int packetSize = values.number("packet-size", 0, 0, PacketSource.MAX_SNAP_LENGTH);
    OutputSettings outputs = outputs();
    if (isStream && (fileCount > 0 || values.has("host-path") || outputs.isAnyAway())) {
      values.fault("--stdout makes no files: leave out --file-count and what says where files go");
    }
    return new CaptureSettings(
        fileName("name", "retina-capture"),
        fileName("node", hostName()),
        duration,
        maxBytes,
        fileCount,
        packetSize == 0 ? PacketSource.MAX_SNAP_LENGTH : packetSize,
        interfaces(),
        values.path("network-namespace"),
        values.text("pcap-filter", ""),
        format(),
        values.number("buffer-size", 16, 1, MAX_BUFFER_MEGABYTES) * MEGABYTE,
        !values.isOn("no-promiscuous"),
        names(),
        outputs,
        values.isOn("include-metadata"),
        watch(maxBytes * Math.max(1, fileCount)),
        again(),
        new CaptureSettings.Answer(
            isStream, values.duration("progress"), values.path("status-file")));
  }

  /** {@code maxBytes}: of all files of a capture; 0: no bound. */
  private CaptureSettings.Watch watch(long maxBytes) {
    String reason = values.text("trigger-reason", "");
    if (!reason.isEmpty() && !REASON.matcher(reason).matches()) {
      values.fault(
          "--trigger-reason: '"
              + reason
              + "' is no reason such as NETFILTER_DROP, nor DNS_ERROR"
              + " or TCP_RETRANSMISSION");
    }
    Duration window = values.duration("trigger-window");
    FlowTrigger.Settings trigger =
        reason.isEmpty()
            ? null
            : new FlowTrigger.Settings(
                reason,
                values.number("trigger-rate", 1, 1, Integer.MAX_VALUE),
                window == null ? Duration.ofMinutes(1) : window);
    if (trigger == null
        && (values.isOn("rearm") || values.has("before") || values.has("trigger-rate"))) {
      values.fault("--trigger-reason is missing: there is nothing to wait for");
    }
    URI agent = values.address("agent");
    return new CaptureSettings.Watch(
        agent == null ? URI.create("http://127.0.0.1:10093") : agent,
        values.text("flows", ""),
        trigger,
        beforeBytes(maxBytes),
        values.isOn("comments"));
  }

  /**
   * Packets from before a trigger must find room in the file, else those of the trigger have none.
   * A short packet takes twice as much there.
   */
  private int beforeBytes(long maxBytes) {
    int megabytes = values.number("before", 0, 1, MAX_BUFFER_MEGABYTES);
    long most = maxBytes == 0 ? Long.MAX_VALUE : maxBytes / 2;
    if (megabytes * (long) MEGABYTE > most) {
      values.fault("--before is more than half of --max-size: its packets would fill the file");
    }
    return megabytes > 0 ? megabytes * MEGABYTE : (int) Math.min(BEFORE_MEGABYTES * MEGABYTE, most);
  }

  private CaptureSettings.Again again() {
    boolean isRearmed = values.isOn("rearm");
    if (!isRearmed
        && (values.has("pause") || values.has("keep-files") || values.has("keep-size"))) {
      values.fault("--pause, --keep-files and --keep-size are of captures with --rearm");
    }
    Duration pause = values.duration("pause");
    if (pause != null && pause.compareTo(LEAST_PAUSE) < 0) {
      values.fault("--pause: is 1s or more, as files are named by the second");
    }
    return new CaptureSettings.Again(
        isRearmed,
        pause == null ? LEAST_PAUSE : pause,
        values.number("keep-files", 0, 0, 100_000),
        values.number("keep-size", 0, 0, Integer.MAX_VALUE) * (long) MEGABYTE);
  }

  private OutputSettings outputs() {
    OutputSettings.Claim claim =
        values.has("claim") || values.has("claim-directory")
            ? new OutputSettings.Claim(
                values.text("claim", ""), values.directory("claim-directory", "/mnt/claim"))
            : null;
    OutputSettings.S3 s3 =
        values.has("s3-bucket")
            ? new OutputSettings.S3(
                values.text("s3-bucket", ""),
                values.address("s3-endpoint"),
                values.text("s3-region", ""),
                values.text("s3-path", "retina/captures"),
                values.directory("s3-secret", "/etc/s3-upload-secret"))
            : null;
    if (s3 == null && (values.has("s3-endpoint") || values.has("s3-secret"))) {
      values.fault("--s3-bucket is missing");
    }
    return new OutputSettings(
        values.directory("directory", "/var/log/retina/captures"),
        values.text("host-path", ""),
        claim,
        s3,
        values.path("blob-url-file"));
  }

  private String fileName(String key, String otherwise) {
    String value = values.text(key, otherwise);
    if (!NAME.matcher(value).matches()) {
      values.fault("--" + key + ": '" + value + "' is no name: letters, digits, '-', '_' and '.'");
    }
    return value;
  }

  private List<String> interfaces() {
    List<String> interfaces =
        List.of(values.text("interfaces", "").split(",", -1)).stream()
            .map(String::strip)
            .filter(name -> !name.isEmpty() && !name.equals(PacketSource.ANY))
            .toList();
    for (String name : interfaces) {
      if (!INTERFACE.matcher(name).matches()) {
        values.fault("--interfaces: '" + name + "' is no name of an interface");
      }
    }
    return interfaces;
  }

  private Format format() {
    String value = values.text("format", Format.PCAPNG.suffix());
    for (Format format : Format.values()) {
      if (format.suffix().equals(value)) {
        return format;
      }
    }
    values.fault("--format: '" + value + "' is neither pcapng nor pcap");
    return Format.PCAPNG;
  }

  /** {@code 10.0.0.7=default/web,fd00::7=default/web}. */
  private Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    for (String entry : values.text("names", "").split(",", -1)) {
      if (entry.isBlank()) {
        continue;
      }
      String[] parts = entry.strip().split("=", 2);
      if (parts.length != 2 || parts[1].isEmpty() || !isAddress(parts[0])) {
        values.fault("--names: '" + entry.strip() + "' is not ADDRESS=NAME");
      } else {
        names.put(parts[0], parts[1]);
      }
    }
    return names;
  }

  private static boolean isAddress(String text) {
    try {
      InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
    } catch (UnknownHostException _) {
      return "node";
    }
  }
}
