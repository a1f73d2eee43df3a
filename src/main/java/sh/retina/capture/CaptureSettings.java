package sh.retina.capture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.PacketSource;

/**
 * What a worker is to record, and where its files go. Read by {@link SettingsReader}.
 *
 * @param name of the capture, the first part of the files' names
 * @param node the second part
 * @param duration null: until something else ends it
 * @param maxBytes of a file; 0: no bound
 * @param fileCount keep the last so many files of {@code maxBytes}; 0: one file, and its size ends
 *     the capture
 * @param snapLength bytes that are kept of each packet
 * @param interfaces by name; empty: all
 * @param networkNamespace its file; null: that of this process
 * @param names names of addresses, for the file's reader
 * @param directory a directory of the node; all that is written is below it
 * @param path a directory below that one
 */
public record CaptureSettings(
    String name,
    String node,
    @Nullable Duration duration,
    long maxBytes,
    int fileCount,
    int snapLength,
    List<String> interfaces,
    @Nullable Path networkNamespace,
    String filter,
    Format format,
    int bufferBytes,
    boolean promiscuous,
    Map<String, String> names,
    Path directory,
    String path) {
  /** Of the files. */
  public enum Format {
    PCAP("pcap"),
    /** With interfaces' names, names of addresses and what the kernel dropped in it. */
    PCAPNG("pcapng");

    private final String suffix;

    Format(String suffix) {
      this.suffix = suffix;
    }

    public String suffix() {
      return suffix;
    }
  }

  public CaptureSettings {
    interfaces = List.copyOf(interfaces);
    names = Map.copyOf(names);
  }

  /** One interface is read as it is; several, or all, by the kernel's device for all of them. */
  String device() {
    return interfaces.size() == 1 ? interfaces.getFirst() : PacketSource.ANY;
  }
}
