package sh.retina.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Names for addresses of kernel code, from /proc/kallsyms: {@code tcp_v4_rcv+0x1f3}. The file has
 * more than 100,000 lines and is read as a stream, once for any number of new addresses; answers
 * are kept, up to a bound. Thread-safe.
 */
public final class KernelSymbols {
  private static final int MAX_CACHED = 65_536;
  private static final long MAX_FUNCTION_BYTES = 1L << 20;

  private final Path kallsyms;
  private final Map<Long, String> resolved = new HashMap<>();
  private boolean hidden;

  KernelSymbols(Path kallsyms) {
    this.kallsyms = kallsyms;
  }

  /** Reads from /proc/kallsyms. */
  public static KernelSymbols ofRunningKernel() {
    return new KernelSymbols(Path.of("/proc/kallsyms"));
  }

  /** Symbol and offset of one address; an address that no symbol covers comes back as hex. */
  public String resolve(long address) {
    return resolve(new long[] {address}).getOrDefault(address, hex(address));
  }

  /** Symbol and offset of each of the addresses, reading the file at most once. */
  public synchronized Map<Long, String> resolve(long[] addresses) {
    long[] wanted =
        Arrays.stream(addresses)
            .filter(address -> !resolved.containsKey(address))
            .map(KernelSymbols::ordered)
            .sorted()
            .distinct()
            .toArray();
    if (wanted.length > 0) {
      if (resolved.size() + wanted.length > MAX_CACHED) {
        resolved.clear();
      }
      read(wanted);
    }
    Map<Long, String> found = new HashMap<>();
    for (long address : addresses) {
      found.put(address, resolved.getOrDefault(address, hex(address)));
    }
    return found;
  }

  /** Why addresses stay numbers; empty when they do not, or nothing was resolved yet. */
  public synchronized Optional<String> problem() {
    return hidden
        ? Optional.of(
            "the kernel hides the addresses of " + kallsyms + ": see kernel.kptr_restrict")
        : Optional.empty();
  }

  private void read(long[] wanted) {
    Scan scan = new Scan(wanted);
    byte[] buffer = new byte[64 * 1024];
    try (InputStream in = Files.newInputStream(kallsyms)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        for (int i = 0; i < n; i++) {
          scan.accept(buffer[i]);
        }
      }
    } catch (IOException e) {
      throw new BpfException("read " + kallsyms, Errno.EACCES, String.valueOf(e.getMessage()), e);
    }
    hidden = !scan.sawAddress;
    scan.carryOver();
    for (int i = 0; i < wanted.length; i++) {
      long offset = wanted[i] - scan.best[i];
      long address = ordered(wanted[i]);
      boolean known = scan.nameLength[i] > 0 && offset < MAX_FUNCTION_BYTES;
      resolved.put(
          address,
          known
              ? scan.name(i) + (offset == 0 ? "" : "+0x" + Long.toHexString(offset))
              : hex(address));
    }
  }

  /** Flips the top bit, so that signed comparison orders unsigned addresses; its own inverse. */
  private static long ordered(long address) {
    return address ^ Long.MIN_VALUE;
  }

  private static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }

  /** One pass over lines of {@code address type name [module]}, byte by byte. */
  private static final class Scan {
    private static final int ADDRESS = 0;
    private static final int TYPE = 1;
    private static final int NAME = 2;
    private static final int MAX_NAME = 128;

    final long[] wanted;
    final long[] best;
    final byte[][] names;
    final int[] nameLength;
    boolean sawAddress;

    private final byte[] name = new byte[MAX_NAME];
    private int length;
    private long address;
    private byte type;
    private int field = ADDRESS;

    Scan(long[] wanted) {
      this.wanted = wanted;
      this.best = new long[wanted.length];
      Arrays.fill(best, Long.MIN_VALUE);
      this.names = new byte[wanted.length][MAX_NAME];
      this.nameLength = new int[wanted.length];
    }

    void accept(byte b) {
      if (b == '\n') {
        symbol();
        field = ADDRESS;
        address = 0;
        length = 0;
      } else if (b == ' ' || b == '\t') {
        field++;
      } else if (field == ADDRESS) {
        address = address << 4 | Character.digit(b, 16);
      } else if (field == TYPE) {
        type = b;
      } else if (field == NAME && length < MAX_NAME) {
        name[length++] = b;
      }
    }

    private void symbol() {
      if (address == 0) {
        return;
      }
      sawAddress = true;
      boolean isCode = type == 't' || type == 'T' || type == 'w' || type == 'W';
      long at = ordered(address);
      int next = Arrays.binarySearch(wanted, at);
      next = next < 0 ? -next - 1 : next;
      // The nearest wanted address at or above the symbol; carryOver serves those beyond it.
      if (isCode && next < wanted.length && at > best[next]) {
        best[next] = at;
        nameLength[next] = length;
        System.arraycopy(name, 0, names[next], 0, length);
      }
    }

    void carryOver() {
      for (int i = 1; i < wanted.length; i++) {
        if (best[i - 1] > best[i]) {
          best[i] = best[i - 1];
          names[i] = names[i - 1];
          nameLength[i] = nameLength[i - 1];
        }
      }
    }

    String name(int i) {
      return new String(names[i], 0, nameLength[i], StandardCharsets.UTF_8);
    }
  }
}
