package sh.retina.capture.metadata;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.FirewallTables;
import sh.retina.bpf.NetworkCounters;
import sh.retina.bpf.NetworkTables;
import tools.jackson.databind.json.JsonMapper;

/**
 * The network namespace of the calling thread, as an archive: interfaces with their counters,
 * addresses, routes, rules, neighbours and sockets as JSON; what /proc/net says; all settings of
 * /proc/sys/net. What cannot be read is listed in {@code missing.txt}. Keys are left out.
 */
public final class NodeMetadata {
  private static final Path NET = Path.of("/proc/thread-self/net");
  private static final Path SETTINGS = Path.of("/proc/sys/net");
  private static final int MOST_BYTES = 8 << 20;
  private static final int SETTING_BYTES = 64 << 10;

  /** What is secret: with these, a packet could be made that a node takes for another's. */
  private static final List<String> SECRETS = List.of("tcp_fastopen_key", "stable_secret");

  private final ZipOutputStream archive;
  private final List<String> missing = new ArrayList<>();

  private NodeMetadata(ZipOutputStream archive) {
    this.archive = archive;
  }

  /**
   * Writes the archive, and leaves the stream open.
   *
   * @throws IOException of the stream only
   */
  public static void write(OutputStream stream) throws IOException {
    ZipOutputStream archive = new ZipOutputStream(stream);
    NodeMetadata metadata = new NodeMetadata(archive);
    metadata.tables();
    metadata.files();
    metadata.settings();
    metadata.entry("missing.txt", String.join("", metadata.missing));
    archive.finish();
  }

  private void tables() throws IOException {
    json("interfaces.json", NetworkCounters::interfaces);
    json("addresses.json", NetworkTables::addresses);
    json("routes.json", NetworkTables::routes);
    json("rules.json", NetworkTables::rules);
    json("neighbours.json", NetworkTables::neighbours);
    json("sockets.json", NetworkTables::sockets);
    json("qdiscs.json", NetworkCounters::qdiscs);
    json("firewall-chains.json", FirewallTables::chains);
    json("firewall-rules.json", FirewallTables::rules);
  }

  private void json(String name, Supplier<? extends List<?>> rows) throws IOException {
    try {
      StringBuilder text = new StringBuilder("[");
      String before = "\n";
      for (Object row : rows.get()) {
        text.append(before).append(JsonMapper.shared().writeValueAsString(row));
        before = ",\n";
      }
      entry(name, text.append("\n]\n").toString());
    } catch (BpfException e) {
      lacks(name, e);
    }
  }

  /**
   * Statistics of protocols, tables of sockets and the like; a row a line, as the kernel has it.
   */
  private void files() throws IOException {
    for (Path file : below(NET)) {
      String name = "proc-net/" + NET.relativize(file);
      try (var content = Files.newInputStream(file)) {
        byte[] bytes = content.readNBytes(MOST_BYTES);
        entry(name, bytes);
        if (bytes.length == MOST_BYTES) {
          missing.add(name + ": what is behind " + MOST_BYTES + " bytes\n");
        }
      } catch (IOException e) {
        lacks(name, e);
      }
    }
  }

  /** As sysctl -a writes them. */
  private void settings() throws IOException {
    StringBuilder text = new StringBuilder();
    for (Path file : below(SETTINGS)) {
      String name = "net." + SETTINGS.relativize(file).toString().replace('/', '.');
      try {
        if (SECRETS.contains(String.valueOf(file.getFileName()))) {
          missing.add(name + ": a key\n");
        } else {
          String value = setting(file);
          text.append(name).append(" = ").append(value.replace('\n', ' ')).append('\n');
        }
      } catch (IOException e) {
        lacks(name, e);
      }
    }
    entry("proc-sys-net.txt", text.toString());
  }

  /** In one read: the kernel gives nothing to a second one. */
  private static String setting(Path file) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      ByteBuffer value = ByteBuffer.allocate(SETTING_BYTES);
      int length = Math.max(0, channel.read(value));
      return new String(value.array(), 0, length, StandardCharsets.ISO_8859_1).strip();
    }
  }

  private List<Path> below(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      lacks(directory.toString(), e);
      return List.of();
    }
  }

  private void lacks(String name, Exception why) {
    missing.add(name + ": " + why + "\n");
  }

  private void entry(String name, String text) throws IOException {
    entry(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private void entry(String name, byte[] content) throws IOException {
    archive.putNextEntry(new ZipEntry(name));
    archive.write(content);
    archive.closeEntry();
  }
}
