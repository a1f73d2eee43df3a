package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/** A table that began with another one knows the same as one that had all changes itself. */
class BegunTableTest {
  private static final int NUMBERS = 60;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldKnowTheSameAsATableOfItsOwn(int seed) {
    Random random = new Random(seed);
    List<ContextChange> first = IntStream.range(0, 500).mapToObj(_ -> change(random)).toList();
    List<ContextChange> later =
        IntStream.range(0, 50 * seed).mapToObj(_ -> change(random)).toList();
    IdentityTable alone = new IdentityTable();
    alone.apply(first, false);
    IdentityTable base = new IdentityTable();
    base.apply(first, false);
    List<ContextChange> before = base.snapshot();

    IdentityTable begun = new IdentityTable();
    begun.apply(List.of(change(random), change(random)), false); // forgotten
    begun.beginWith(base);
    assertSame(begun, alone);
    for (ContextChange change : later) {
      alone.apply(List.of(change), false);
      begun.apply(List.of(change), false);
    }

    assertSame(begun, alone);
    assertThat(base.snapshot()).as("what others began with, too").isEqualTo(before);
    List<ContextChange> snapshot = new ArrayList<>(first.subList(0, 100));
    begun.apply(snapshot, true);
    alone.apply(snapshot, true);
    assertSame(begun, alone);
    assertThat(base.snapshot()).isEqualTo(before);
  }

  private static void assertSame(IdentityTable begun, IdentityTable alone) {
    assertThat(begun.snapshot()).containsExactlyInAnyOrderElementsOf(alone.snapshot());
    for (Endpoint.Kind kind : Endpoint.Kind.values()) {
      assertThat(begun.count(kind)).isEqualTo(alone.count(kind));
    }
    for (int number = 0; number < NUMBERS; number++) {
      IpAddress address = IpAddress.parse("10.0.0." + number);
      assertThat(begun.endpoint(address.high(), address.low()))
          .as("owner of %s", address)
          .isEqualTo(alone.endpoint(address.high(), address.low()));
      assertThat(begun.endpointOfCgroup(number)).isEqualTo(alone.endpointOfCgroup(number));
      assertThat(begun.cgroup(number)).isEqualTo(alone.cgroup(number));
      assertThat(begun.interfaceName(number)).isEqualTo(alone.interfaceName(number));
      assertThat(begun.symbol(number)).isEqualTo(alone.symbol(number));
    }
  }

  /** Addresses go from one to the other, and several claim the same. */
  private static ContextChange change(Random random) {
    int number = random.nextInt(NUMBERS);
    String address = "10.0.0." + random.nextInt(NUMBERS);
    String other = "10.0.0." + (number + random.nextInt(2)) % NUMBERS;
    UUID uid = new UUID(0, number + 1);
    return switch (random.nextInt(8)) {
      case 0, 1 -> new ContextChange.EndpointUp(Pods.pod("shop", "web" + number, uid, other));
      case 2 -> new ContextChange.EndpointUp(Pods.pod("shop", "web" + number, uid, address, other));
      case 3 -> new ContextChange.EndpointGone(Pods.pod("shop", "web" + number, uid).key());
      case 4 ->
          new ContextChange.EndpointUp(Pods.of(Endpoint.Kind.NODE, "", "node" + number, other));
      case 5 -> new ContextChange.EndpointGone("node/node" + number);
      case 6 -> new ContextChange.CgroupNamed(number, "pod/" + uid + (number % 3 == 0 ? "/c" : ""));
      default ->
          number % 2 == 0
              ? new ContextChange.InterfaceNamed(number, random.nextBoolean() ? "veth" : "")
              : new ContextChange.SymbolNamed(number, "function" + number);
    };
  }

  @Test
  void shouldHoldOnlyWhatHasChanged() {
    IdentityTable base = new IdentityTable();
    base.apply(Pods.cluster(5_000), false);
    List<IdentityTable> many = new ArrayList<>();
    for (int i = 0; i < 1_100; i++) {
      if (i == 100) {
        System.gc();
      }
      many.add(new IdentityTable());
    }
    long before = heldBytes();
    for (IdentityTable table : many.subList(100, 1_100)) {
      table.beginWith(base);
      table.apply(List.of(change(new Random(3)), change(new Random(4))), false);
    }
    long bytes = (heldBytes() - before) / 1_000;

    assertThat(many).allMatch(table -> table.count(Endpoint.Kind.POD) % 5_000 < 3);
    assertThat(bytes).as("bytes of a table beside those that all share").isLessThan(8_192);
  }

  private static long heldBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
