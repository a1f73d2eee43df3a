package sh.retina.capture;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.PacketSource;
import sh.retina.capture.flow.FlowTrigger;
import sh.retina.capture.output.OutputSettings;

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
 * @param hasMetadata how the node's network is set up goes into a file too
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
    OutputSettings outputs,
    boolean hasMetadata,
    Watch watch,
    Again again,
    Answer answer) {
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

  /**
   * What is said, and where.
   *
   * @param isStream packets go to standard output, and no file is made
   * @param progress a status each so long while it runs; null: only the last
   * @param file takes the last status too; null: none
   */
  public record Answer(boolean isStream, @Nullable Duration progress, @Nullable Path file) {}

  /**
   * What the node's agent is asked.
   *
   * @param agent its address
   * @param query of /flows, for flows of the capture's target; empty: all flows
   * @param trigger recording begins when it fires; null: at once
   * @param beforeBytes packets from before the trigger that are kept in memory
   * @param isCommented packets get what it knows of them as comments
   */
  public record Watch(
      URI agent,
      String query,
      FlowTrigger.@Nullable Settings trigger,
      int beforeBytes,
      boolean isCommented) {}

  /**
   * Whether it waits again when a triggered capture is over.
   *
   * @param pause nothing triggers the next one so soon after one
   * @param keptFiles of older captures that stay where they are recorded; 0: no bound
   * @param keptBytes of them all together, with the newest capture's; 0: no bound
   */
  public record Again(boolean isRearmed, Duration pause, int keptFiles, long keptBytes) {}

  public CaptureSettings {
    interfaces = List.copyOf(interfaces);
    names = Map.copyOf(names);
  }

  /** One interface is read as it is; several, or all, by the kernel's device for all of them. */
  String device() {
    return interfaces.size() == 1 ? interfaces.getFirst() : PacketSource.ANY;
  }
}
