import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Takes out of jars what only debuggers and builds read: the names of local variables, which an AOT
 * cache would keep in memory, too, and Jandex's indexes of annotations. Lines and files stay, for
 * stack traces; so do names of parameters, and each other byte, entry, order and time. {@code java
 * SlimJars.java JAR …}; used by {@code bin/train}.
 */
final class SlimJars {
  /** The sizes of constants by their tags (JVMS 4.4); 0: none, or one of its own length. */
  private static final int[] CONSTANT = {
    0, 0, 0, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, 0, 0, 3, 2, 4, 4, 2, 2
  };

  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;

  private final ByteBuffer in;
  private final String[] names;
  private boolean dropped;

  private SlimJars(byte[] type) {
    in = ByteBuffer.wrap(type).position(8); // magic and version
    names = new String[unsigned()];
    for (int i = 1; i < names.length; i++) {
      int tag = in.get();
      if (tag == UTF8) {
        byte[] text = new byte[unsigned()];
        in.get(text);
        names[i] = new String(text, StandardCharsets.ISO_8859_1);
      } else if (tag < 0 || tag >= CONSTANT.length || CONSTANT[tag] == 0) {
        throw new IllegalArgumentException("a constant of kind " + tag);
      } else {
        skip(CONSTANT[tag]);
        i += tag == LONG || tag == DOUBLE ? 1 : 0; // these count twice
      }
    }
  }

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      rewrite(Path.of(jar));
    }
  }

  private static void rewrite(Path jar) throws IOException {
    Path part = Path.of(jar + ".part");
    boolean dropped = false;
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputStream file = Files.newOutputStream(part);
        ZipOutputStream to = new ZipOutputStream(file)) {
      for (ZipEntry entry : Collections.list(from.entries())) {
        if (entry.getName().equals("META-INF/jandex.idx")) {
          dropped = true;
          continue;
        }
        byte[] content = from.getInputStream(entry).readAllBytes();
        if (entry.getName().endsWith(".class")) {
          SlimJars type = new SlimJars(content);
          byte[] now = type.write();
          content = type.dropped ? now : content;
          dropped |= type.dropped;
        }
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTimeLocal(entry.getTimeLocal());
        to.putNextEntry(copy);
        to.write(content);
        to.closeEntry();
      }
    }
    if (dropped && Files.size(part) < Files.size(jar)) {
      Files.setLastModifiedTime(part, Files.getLastModifiedTime(jar));
      Files.move(part, jar, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(part);
    }
  }

  private byte[] write() throws IOException {
    skip(6); // flags, name, super
    skip(2 * unsigned()); // interfaces
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(in.capacity());
    DataOutputStream out = new DataOutputStream(bytes);
    copy(0, out);
    for (int kind = 0; kind < 2; kind++) { // fields, then methods
      int count = unsigned();
      out.writeShort(count);
      for (int i = 0; i < count; i++) {
        int from = in.position();
        skip(6); // flags, name, type
        copy(from, out);
        attributes(out);
      }
    }
    attributes(out);
    return bytes.toByteArray();
  }

  private void attributes(DataOutputStream out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream kept = new DataOutputStream(bytes);
    int count = unsigned();
    int left = count;
    for (int i = 0; i < count; i++) {
      int name = unsigned();
      int length = in.getInt();
      int from = in.position();
      switch (names[name]) {
        case "LocalVariableTable", "LocalVariableTypeTable" -> {
          left--;
          skip(length);
        }
        case "Code" -> {
          ByteArrayOutputStream code = new ByteArrayOutputStream(length);
          code(from, new DataOutputStream(code));
          kept.writeShort(name);
          kept.writeInt(code.size());
          code.writeTo(kept);
        }
        default -> {
          kept.writeShort(name);
          kept.writeInt(length);
          skip(length);
          copy(from, kept);
        }
      }
    }
    dropped |= left < count;
    out.writeShort(left);
    bytes.writeTo(out);
  }

  private void code(int from, DataOutputStream out) throws IOException {
    skip(4); // depths
    skip(in.getInt());
    skip(8 * unsigned()); // handlers
    copy(from, out);
    attributes(out);
  }

  private int unsigned() {
    return Short.toUnsignedInt(in.getShort());
  }

  private void skip(int bytes) {
    in.position(in.position() + bytes);
  }

  private void copy(int from, DataOutputStream out) throws IOException {
    out.write(in.array(), from, in.position() - from);
  }
}
