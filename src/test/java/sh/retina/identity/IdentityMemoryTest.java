package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/** What a large cluster takes: the bytes it holds, and none by asking. */
class IdentityMemoryTest {
  private static final int ADDRESSES = 100_000;
  private static final long WANTED_BYTES = 30L << 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void shouldHold100000AddressesIn30Megabytes() throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx96m",
                "-XX:+UseCompactObjectHeaders",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(child.waitFor()).as(said).isZero();
    assertThat(Long.parseLong(said.strip()))
        .as("bytes held")
        .isBetween(ADDRESSES * 100L, WANTED_BYTES);
  }

  /** A JVM with the agent's kind of heap and object headers. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) {
      long before = heldBytes();
      IdentityTable table = new IdentityTable();
      for (ContextChange change : Pods.cluster(ADDRESSES)) {
        table.apply(List.of(change), false);
      }
      long held = heldBytes() - before;
      if (table.count(Endpoint.Kind.POD) != ADDRESSES) {
        throw new AssertionError(table.count(Endpoint.Kind.POD));
      }
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8)
          .println(held);
    }
  }

  @Test
  void shouldAllocateNothingByALookUp() {
    IdentityTable table = new IdentityTable();
    table.apply(Pods.cluster(1_000), false);
    table.apply(
        IntStream.range(0, 500)
            .<ContextChange>mapToObj(i -> new ContextChange.CgroupNamed(i, "/system/" + i))
            .toList(),
        false);
    IpAddress[] asked = IntStream.range(0, 2_000).mapToObj(Pods::address).toArray(IpAddress[]::new);
    int found = 0;
    for (int round = 0; round < 50; round++) {
      found = lookUp(table, asked);
    }

    long before = threads.getCurrentThreadAllocatedBytes();
    for (int round = 0; round < 100; round++) {
      found += lookUp(table, asked);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(found).isEqualTo(101_000);
    assertThat(allocated).as("bytes for 400,000 look-ups").isLessThan(4_000);
  }

  private static int lookUp(IdentityTable table, IpAddress[] asked) {
    int found = 0;
    for (IpAddress address : asked) {
      found += table.endpoint(address.high(), address.low()).isPod() ? 1 : 0;
      found += table.endpointOfCgroup(address.low()).isPod() ? 1 : 0;
    }
    return found;
  }

  private static long heldBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
