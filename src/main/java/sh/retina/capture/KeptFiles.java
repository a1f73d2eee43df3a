package sh.retina.capture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sh.retina.capture.output.OutputDirectory;

/**
 * What stays of the captures of a worker that waits again and again, so that its directory does not
 * grow without end. Only files that are named as its own are touched.
 */
final class KeptFiles {
  private KeptFiles() {}

  /**
   * Deletes the oldest captures until the rest is within the bounds, the newest one never; and what
   * a worker of the same name and node left half written when it was killed.
   *
   * @return what was deleted, as a sentence; empty: nothing
   */
  static String trim(CaptureSettings settings) throws IOException {
    CaptureSettings.Again bounds = settings.again();
    if (!bounds.isRearmed() || (bounds.keptFiles() == 0 && bounds.keptBytes() == 0)) {
      return "";
    }
    try (OutputDirectory directory =
        OutputDirectory.open(settings.outputs().directory(), settings.outputs().hostPath())) {
      return trim(directory, settings);
    }
  }

  private static String trim(OutputDirectory directory, CaptureSettings settings)
      throws IOException {
    Pattern ours =
        Pattern.compile(
            Pattern.quote(settings.name() + "-" + settings.node())
                + "-([0-9]{14})UTC(-[0-9]{5}|-metadata)?[.](pcapng|pcap|zip)([.]part)?");
    TreeMap<String, Group> captures = new TreeMap<>();
    Group deleted = new Group();
    for (String name : directory.names().stream().sorted().toList()) {
      Matcher parts = ours.matcher(name);
      if (!parts.matches()) {
        continue;
      }
      long size = directory.size(name);
      if (parts.group(4) == null) {
        captures.computeIfAbsent(parts.group(1), _ -> new Group()).add(name, size);
      } else {
        directory.delete(name);
        deleted.add(name, size);
      }
    }
    Group all = new Group();
    captures.values().forEach(all::add);
    while (captures.size() > 1 && all.exceeds(settings.again())) {
      Group oldest = captures.pollFirstEntry().getValue();
      for (String name : oldest.names) {
        directory.delete(name);
      }
      all.remove(oldest);
      deleted.add(oldest);
    }
    return deleted.names.isEmpty()
        ? ""
        : "deleted %d files of older captures, %d bytes, from %s"
            .formatted(deleted.names.size(), deleted.bytes, directory.path());
  }

  /** The files of a capture, or of several. */
  private static final class Group {
    private final List<String> names = new ArrayList<>();
    private long bytes;

    void add(String name, long size) {
      names.add(name);
      bytes += size;
    }

    void add(Group other) {
      names.addAll(other.names);
      bytes += other.bytes;
    }

    void remove(Group other) {
      names.removeAll(other.names);
      bytes -= other.bytes;
    }

    boolean exceeds(CaptureSettings.Again bounds) {
      return (bounds.keptFiles() > 0 && names.size() > bounds.keptFiles())
          || (bounds.keptBytes() > 0 && bytes > bounds.keptBytes());
    }
  }
}
