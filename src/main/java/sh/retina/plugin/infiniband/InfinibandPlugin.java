package sh.retina.plugin.infiniband;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import sh.retina.bpf.KernelFeatures;
import sh.retina.event.NodeMetric;
import sh.retina.event.SafeText;
import sh.retina.plugin.StatPlugin;
import sh.retina.plugin.StatSink;

/** Ports of InfiniBand and RDMA devices, from sysfs: docs/plugins/infiniband.md. */
public final class InfinibandPlugin implements StatPlugin {
  public static final String NAME = "infiniband";
  private static final int LONGEST_FILE = 64;
  private static final int LONGEST_NUMBER = 20;

  /** Far more than a node has; a tree that is no sysfs is not read for ever. */
  private static final int MOST_ENTRIES = 512;

  private final Path devices;
  private final Path interfaces;

  /** {@code sys}: where sysfs is, or a tree like it. */
  InfinibandPlugin(Path sys) {
    this.devices = sys.resolve("class/infiniband");
    this.interfaces = sys.resolve("class/net");
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<? extends NodeMetric> metrics() {
    return List.of(InfinibandMetric.values());
  }

  @Override
  public List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of(this::device);
  }

  private KernelFeatures.Feature device() {
    boolean found;
    try {
      found = !entries(devices, "").isEmpty();
    } catch (IOException e) {
      found = false;
    }
    return new KernelFeatures.Feature(
        "an InfiniBand device", found, found ? "" : devices + " is missing or empty");
  }

  @Override
  public void collect(StatSink sink) throws IOException {
    List<Path> all = entries(devices, "");
    if (all.isEmpty()) {
      throw new IOException("no InfiniBand device: " + devices + " is missing or empty");
    }
    for (Path device : all) {
      for (Path port : listed(sink, device.resolve("ports"), "")) {
        for (Path counter : listed(sink, port.resolve("counters"), "")) {
          show(
              sink,
              counter,
              InfinibandMetric.COUNTER_STATS,
              text(counter),
              text(device),
              text(port));
        }
      }
    }
    for (Path ib : listed(sink, interfaces, "ib")) {
      for (Path parameter : listed(sink, ib.resolve("debug"), "")) {
        show(sink, parameter, InfinibandMetric.STATUS_PARAMS, text(parameter), text(ib));
      }
    }
  }

  /** A value that is no number, such as {@code N/A (no PMA)}, is not there. */
  private static void show(
      StatSink sink, Path file, InfinibandMetric metric, String... labelValues) {
    try (InputStream in = Files.newInputStream(file)) {
      String word = new String(in.readNBytes(LONGEST_FILE), StandardCharsets.ISO_8859_1).strip();
      double value = number(word);
      if (!Double.isNaN(value)) {
        sink.set(metric, value, labelValues);
      }
    } catch (NoSuchFileException e) {
      // The device went while we were at it.
    } catch (IOException e) {
      sink.missing(file + ": " + e.getMessage());
    }
  }

  /** An unsigned number of 64 bits; NaN for anything else. */
  static double number(String word) {
    if (word.isEmpty() || word.length() > LONGEST_NUMBER) {
      return Double.NaN;
    }
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) < '0' || word.charAt(i) > '9') {
        return Double.NaN;
      }
    }
    return Double.parseDouble(word);
  }

  private static List<Path> listed(StatSink sink, Path directory, String prefix) {
    try {
      return entries(directory, prefix);
    } catch (IOException e) {
      sink.missing(directory + ": " + e.getMessage());
      return List.of();
    }
  }

  /** What is in a directory, in order; nothing if there is none. */
  private static List<Path> entries(Path directory, String prefix) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path entry : all) {
        if (String.valueOf(entry.getFileName()).startsWith(prefix)
            && entries.size() < MOST_ENTRIES) {
          entries.add(entry);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    entries.sort(null);
    return entries;
  }

  private static String text(Path entry) {
    return SafeText.TEXT.of(String.valueOf(entry.getFileName()));
  }
}
