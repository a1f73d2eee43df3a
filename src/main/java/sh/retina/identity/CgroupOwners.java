package sh.retina.identity;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;

/**
 * Names of cgroups, and the pod that each belongs to: by the UID in its name, or as the pod's
 * source says. Not thread-safe; {@link #owner} allocates nothing.
 */
final class CgroupOwners {
  /** Containers come and go; the names of the oldest go when there are more. */
  private static final int MAX_NAMES = 8_192;

  private final Map<Long, String> names = new LinkedHashMap<>();
  private final Map<UUID, Set<Long>> byPod = new HashMap<>();

  // Keyed by (0, id): the high half of a mapped IPv4 address, so the same table serves.
  private final AddressIndex owners;

  CgroupOwners() {
    owners = new AddressIndex();
  }

  /** Begins with what others have, which must not change any more. */
  CgroupOwners(CgroupOwners base) {
    owners = new AddressIndex(base.owners);
    names.putAll(base.names);
    base.byPod.forEach((uid, ids) -> byPod.put(uid, new LinkedHashSet<>(ids)));
  }

  /** Whether {@link #up} or {@link #gone} of this object would change anything. */
  boolean concerns(Endpoint object) {
    return !object.cgroupIds().isEmpty() || !named(object).isEmpty();
  }

  @Nullable Endpoint owner(long id) {
    return owners.get(0, id);
  }

  String name(long id) {
    return names.getOrDefault(id, "");
  }

  /** A cgroup was named; whether it is a pod's and {@link #up} has to be told of that pod. */
  boolean name(long id, String name) {
    if (name.equals(names.put(id, name))) {
      return false;
    }
    if (names.size() > MAX_NAMES) {
      forget(names.keySet().iterator().next());
    }
    Optional<UUID> uid = CgroupOwner.podUidOf(name);
    uid.ifPresent(of -> byPod.computeIfAbsent(of, _ -> new LinkedHashSet<>()).add(id));
    return uid.isPresent();
  }

  /** A pod came or changed. */
  void up(Endpoint object) {
    for (long id : object.cgroupIds()) {
      owners.put(0, id, object);
    }
    for (long id : named(object)) {
      owners.put(0, id, object);
    }
  }

  /** A pod went. */
  void gone(Endpoint object) {
    object.cgroupIds().forEach(id -> owners.remove(0, id));
    named(object).forEach(id -> owners.remove(0, id));
  }

  private Set<Long> named(Endpoint object) {
    return byPod.isEmpty() || !object.isPod() || !object.hasUid()
        ? Set.of()
        : byPod.getOrDefault(new UUID(object.uidHigh(), object.uidLow()), Set.of());
  }

  private void forget(long id) {
    String name = names.remove(id);
    owners.remove(0, id);
    if (name != null) {
      CgroupOwner.podUidOf(name)
          .ifPresent(uid ->
              byPod.computeIfPresent(
                  uid,
                  (_, ids) -> {
                    ids.remove(id);
                    return ids.isEmpty() ? null : ids;
                  }));
    }
  }

  void retain(Set<Long> ids) {
    List.copyOf(names.keySet()).stream().filter(id -> !ids.contains(id)).forEach(this::forget);
  }

  void forEach(BiConsumer<Long, String> action) {
    names.forEach(action);
  }
}
