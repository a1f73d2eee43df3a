import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Gives classes of a jar that were compiled for Java 5 the stack maps of JVMS 4.7.4 and Java 8's
 * version: an AOT cache holds only classes that the new verifier can check. Their code stays.
 * Verifies what it writes. {@code java StackMaps.java JAR …}; used by {@code bin/train}.
 */
final class StackMaps {
  /** From here on classes have stack maps. */
  private static final int JAVA_6 = 50;

  private StackMaps() {}

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      try (FileSystem files = FileSystems.newFileSystem(Path.of(jar));
          Stream<Path> all = Files.walk(files.getPath("/"))) {
        List<Path> classes = all.filter(file -> file.toString().endsWith(".class")).toList();
        for (Path file : classes) {
          rewrite(files, file);
        }
      }
    }
  }

  private static void rewrite(FileSystem jar, Path file) throws IOException {
    ClassFile classes =
        ClassFile.of(
            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
            ClassFile.ConstantPoolSharingOption.NEW_POOL, // else the code is copied as it is
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(type -> open(jar, type))
                    .orElse(ClassHierarchyResolver.defaultResolver())));
    ClassModel before = classes.parse(Files.readAllBytes(file));
    if (before.majorVersion() >= JAVA_6) {
      return;
    }
    ClassTransform version =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            builder.with(element);
          }
        };
    byte[] now =
        classes.transformClass(
            before,
            version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
    List<VerifyError> faults = classes.verify(now);
    if (!faults.isEmpty()) {
      throw new IllegalStateException(file + ": " + faults);
    }
    Files.write(file, now);
  }

  private static InputStream open(FileSystem jar, ClassDesc type) {
    String name = type.descriptorString();
    Path file = jar.getPath("/", name.substring(1, name.length() - 1) + ".class");
    try {
      return Files.exists(file) ? Files.newInputStream(file) : null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
