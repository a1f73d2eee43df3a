package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;

/**
 * Numbers for sets of label values. Endpoints whose chosen labels are equal have one number, so
 * that a pod that changes in what no label shows goes on counting in the same series.
 *
 * <p>{@link #describe} is on the hot path: one probe by the endpoint's identity. The metric thread
 * alone writes; other threads read {@link #values} of a number they got through a published row.
 * Numbers are counted by the rows that use them and reused when none does.
 */
final class ContextLabels {
  /** All values {@code unknown}. */
  static final int UNKNOWN = 0;

  /** All values {@code overflow}. */
  static final int OVERFLOW = 1;

  // What describe() says of an endpoint, above the number.
  static final long POD = 1L << 32;
  static final long LOCAL_POD = 1L << 33;
  static final long THIS_NODE = 1L << 34;
  static final long NODE = 1L << 35;

  private static final int MIN_CAPACITY = 64;
  private static final String OVERFLOW_VALUE = "overflow";

  private final ContextChoice chosen;
  private final List<String> podLabelStarts;
  private final String nodeName;
  private final Map<List<String>, Integer> numbers = new HashMap<>();

  private volatile @Nullable List<String>[] values = newLists(MIN_CAPACITY);
  private int[] uses = new int[MIN_CAPACITY];
  private long[] goneNs = new long[MIN_CAPACITY];
  private int end;
  private int[] free = {};
  private int freeCount;

  // Endpoints seen since the last release, by identity; a null is an empty slot.
  private @Nullable Endpoint[] seen = new Endpoint[MIN_CAPACITY];
  private long[] described = new long[MIN_CAPACITY];
  private int seenCount;

  ContextLabels(ContextChoice chosen, String nodeName) {
    this.chosen = chosen;
    podLabelStarts = chosen.podLabels().stream().map(key -> key + "=").toList();
    this.nodeName = nodeName;
    number(valuesOf(Endpoint.UNKNOWN));
    List<String> overflow = valuesOf(Endpoint.UNKNOWN);
    overflow.replaceAll(_ -> OVERFLOW_VALUE);
    if (overflow.isEmpty()) {
      newNumber(overflow); // no label comes from the endpoint: both sets are empty
    } else {
      number(overflow);
    }
  }

  /** The number of the endpoint's labels, and what it is, in the flags above. */
  long describe(Endpoint endpoint) {
    int mask = seen.length - 1;
    int slot = System.identityHashCode(endpoint) & mask;
    for (Endpoint there = seen[slot]; there != null; there = seen[slot]) {
      if (there == endpoint) {
        return described[slot];
      }
      slot = slot + 1 & mask;
    }
    return remember(endpoint, number(valuesOf(endpoint)) | flagsOf(endpoint));
  }

  /** The number of these labels if a row or a recent event has them, else -1. */
  int known(Endpoint endpoint) {
    return numbers.getOrDefault(valuesOf(endpoint), -1);
  }

  /** Values by number, in the order of the chosen labels, without ip and port. */
  List<String> values(int number) {
    List<String> found = values[number];
    return found == null ? List.of() : found;
  }

  /** A row with this number came (1) or went (-1). */
  void use(int number, int change) {
    uses[number] += change;
  }

  void markGone(int number, long nowNs) {
    goneNs[number] = nowNs;
  }

  /** When the object with these labels was deleted; 0 = it was not. */
  long goneNs(int number) {
    return goneNs[number];
  }

  /** Forgets deletions until a time, endpoints, and sets that no row uses. Readers are excluded. */
  void release(long goneUntilNs) {
    Arrays.fill(seen, null);
    seenCount = 0;
    for (int number = OVERFLOW + 1; number < end; number++) {
      if (goneNs[number] <= goneUntilNs) {
        goneNs[number] = 0;
      }
      List<String> unused = values[number];
      if (uses[number] == 0 && unused != null) {
        numbers.remove(unused);
        values[number] = null;
        goneNs[number] = 0;
        if (freeCount == free.length) {
          free = Arrays.copyOf(free, Math.max(16, freeCount * 2));
        }
        free[freeCount++] = number;
      }
    }
  }

  private long flagsOf(Endpoint endpoint) {
    return switch (endpoint.kind()) {
      case POD ->
          endpoint.node().isEmpty() || endpoint.node().equals(nodeName) ? POD | LOCAL_POD : POD;
      case NODE ->
          !nodeName.isEmpty() && endpoint.name().equals(nodeName) ? NODE | THIS_NODE : NODE;
      case API_SERVER -> {
        if (endpoint.name().isEmpty()) {
          yield 0; // none of the cluster's nodes
        }
        yield endpoint.name().equals(nodeName) ? NODE | THIS_NODE : NODE;
      }
      case SERVICE, WORLD, UNKNOWN -> 0;
    };
  }

  private List<String> valuesOf(Endpoint endpoint) {
    List<String> list = new ArrayList<>(chosen.labels().size() + podLabelStarts.size() + 1);
    for (ContextLabel label : chosen.labels()) {
      switch (label) {
        case IP, PORT -> {} // the packet's, so in the row's key
        case NAMESPACE -> list.add(orUnknown(endpoint.namespace()));
        case PODNAME -> list.add(nameIf(endpoint, Endpoint.Kind.POD));
        case WORKLOAD -> {
          list.add(orUnknown(endpoint.workloadKind()));
          list.add(orUnknown(endpoint.workloadName()));
        }
        case SERVICE -> list.add(servicesOf(endpoint));
        case ZONE -> list.add(orUnknown(endpoint.zone()));
        case NODE ->
            list.add(
                endpoint.node().isEmpty() ? nameIf(endpoint, Endpoint.Kind.NODE) : endpoint.node());
      }
    }
    for (String start : podLabelStarts) {
      list.add(podLabel(endpoint, start));
    }
    return list;
  }

  private static String servicesOf(Endpoint endpoint) {
    return endpoint.kind() == Endpoint.Kind.SERVICE
        ? orUnknown(endpoint.name())
        : orUnknown(String.join(",", endpoint.services()));
  }

  private static String podLabel(Endpoint endpoint, String start) {
    if (endpoint.isPod()) {
      for (String label : endpoint.labels()) {
        if (label.startsWith(start)) {
          return orUnknown(label.substring(start.length()));
        }
      }
    }
    return LabelWords.UNKNOWN;
  }

  private static String nameIf(Endpoint endpoint, Endpoint.Kind kind) {
    return endpoint.kind() == kind ? orUnknown(endpoint.name()) : LabelWords.UNKNOWN;
  }

  private static String orUnknown(String value) {
    return value.isEmpty() ? LabelWords.UNKNOWN : value;
  }

  private int number(List<String> list) {
    Integer known = numbers.get(list);
    if (known != null) {
      return known;
    }
    int number = newNumber(list);
    numbers.put(list, number);
    return number;
  }

  private int newNumber(List<String> list) {
    int number = freeCount > 0 ? free[--freeCount] : end++;
    if (number == uses.length) {
      uses = Arrays.copyOf(uses, number * 2);
      goneNs = Arrays.copyOf(goneNs, number * 2);
      values = Arrays.copyOf(values, number * 2);
    }
    values[number] = list;
    return number;
  }

  private long remember(Endpoint endpoint, long description) {
    if (++seenCount * 2 > seen.length) {
      @Nullable Endpoint[] oldSeen = seen;
      long[] oldDescribed = described;
      seen = new Endpoint[oldSeen.length * 2];
      described = new long[oldSeen.length * 2];
      for (int i = 0; i < oldSeen.length; i++) {
        Endpoint old = oldSeen[i];
        if (old != null) {
          put(old, oldDescribed[i]);
        }
      }
    }
    put(endpoint, description);
    return description;
  }

  private void put(Endpoint endpoint, long description) {
    int mask = seen.length - 1;
    int slot = System.identityHashCode(endpoint) & mask;
    while (seen[slot] != null) {
      slot = slot + 1 & mask;
    }
    seen[slot] = endpoint;
    described[slot] = description;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of lists has no other constructor
  private static @Nullable List<String>[] newLists(int length) {
    return new List[length];
  }
}
