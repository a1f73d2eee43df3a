package sh.retina.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The running kernel's type information under /sys/kernel/btf: its own and that of its modules. It
 * is read at each call and not kept: it is large, and what is wanted of it is small.
 */
public final class KernelBtf {
  private static final String VMLINUX = "vmlinux";

  private final Path directory;

  KernelBtf(Path directory) {
    this.directory = directory;
  }

  /** Reads from /sys/kernel/btf. */
  public static KernelBtf ofRunningKernel() {
    return new KernelBtf(Path.of("/sys/kernel/btf"));
  }

  /** Whether the kernel has type information at all (CONFIG_DEBUG_INFO_BTF). */
  public boolean isPresent() {
    return Files.isReadable(directory.resolve(VMLINUX));
  }

  /** The kernel's own types; empty where it was built without. */
  public Optional<Btf> vmlinux() {
    return isPresent()
        ? Optional.of(Btf.parse(read(directory.resolve(VMLINUX))))
        : Optional.empty();
  }

  /** The types of a module, on top of the kernel's. */
  public Optional<Btf> module(String name, Btf vmlinux) {
    Path file = directory.resolve(name);
    return Files.isReadable(file) ? Optional.of(Btf.parse(read(file), vmlinux)) : Optional.empty();
  }

  /** The modules that are loaded and have types of their own. */
  public List<String> moduleNames() {
    try (Stream<Path> files = modules()) {
      return files.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }

  /** The first enum of that tag in the kernel or, failing that, in one of its modules. */
  public Optional<BtfEnum> findEnum(String name) {
    Optional<Btf> vmlinux = vmlinux();
    if (vmlinux.isEmpty()) {
      return Optional.empty();
    }
    return vmlinux
        .get()
        .findEnum(name)
        .or(() -> modules().flatMap(file -> inModule(file, vmlinux.get(), name)).findFirst());
  }

  private static Stream<BtfEnum> inModule(Path file, Btf vmlinux, String name) {
    return Btf.parse(read(file), vmlinux).findEnum(name).stream();
  }

  private Stream<Path> modules() {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> !file.endsWith(VMLINUX)).sorted().toList().stream();
    } catch (IOException e) {
      throw new BtfException("cannot list " + directory, e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new BtfException("cannot read " + file, e);
    }
  }
}
