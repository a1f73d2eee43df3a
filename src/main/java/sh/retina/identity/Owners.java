package sh.retina.identity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/**
 * Which of the objects that claim an address owns it: of several the one whose kind says more, and
 * among equals the newest. Those that lost wait, and have it again when the owner goes. May lie
 * over others, and holds then only what differs. Not thread-safe.
 */
final class Owners {
  private final AddressIndex index;

  // Claims on addresses that have more than one, weakest first; the last of a list is the owner.
  private final Map<IpAddress, List<Endpoint>> claims = new HashMap<>();

  Owners() {
    index = new AddressIndex();
  }

  /**
   * @param base begins with what these have, which must not change any more
   */
  Owners(Owners base) {
    index = new AddressIndex(base.index);
    base.claims.forEach((address, several) -> claims.put(address, new ArrayList<>(several)));
  }

  @Nullable Endpoint get(long high, long low) {
    return index.get(high, low);
  }

  /** An object came (no old state), changed, or went (no new one). */
  void replace(@Nullable Endpoint old, @Nullable Endpoint state) {
    if (old != null) {
      for (IpAddress address : old.addresses()) {
        if (state == null || !state.addresses().contains(address)) {
          withdraw(address, old);
        }
      }
    }
    if (state != null) {
      for (IpAddress address : state.addresses()) {
        claim(address, old, state);
      }
    }
  }

  /** Whether the object claims an address that another claims, too. */
  boolean isContested(Endpoint object) {
    if (claims.isEmpty()) {
      return false;
    }
    for (IpAddress address : object.addresses()) {
      if (claims.containsKey(address)) {
        return true;
      }
    }
    return false;
  }

  /** Those objects, later claims on an address behind earlier ones. */
  Collection<Endpoint> contested() {
    Set<Endpoint> ordered = new LinkedHashSet<>();
    claims.values().forEach(ordered::addAll);
    return ordered;
  }

  private void claim(IpAddress address, @Nullable Endpoint old, Endpoint state) {
    List<Endpoint> several = claims.get(address);
    if (several != null) {
      int place = several.indexOf(old);
      if (place >= 0) {
        several.set(place, state);
      } else {
        insert(several, state);
      }
      own(address, several.getLast());
      return;
    }
    Endpoint owner = index.get(address.high(), address.low());
    if (owner == null || owner == old || owner == state) {
      own(address, state);
      return;
    }
    several = new ArrayList<>(List.of(owner));
    insert(several, state);
    claims.put(address, several);
    own(address, several.getLast());
  }

  private static void insert(List<Endpoint> several, Endpoint state) {
    int place = several.size();
    while (place > 0 && rank(several.get(place - 1)) > rank(state)) {
      place--;
    }
    several.add(place, state);
  }

  private void withdraw(IpAddress address, Endpoint old) {
    List<Endpoint> several = claims.get(address);
    if (several == null) {
      if (index.get(address.high(), address.low()) == old) {
        index.remove(address.high(), address.low());
      }
      return;
    }
    several.remove(old);
    own(address, several.getLast());
    if (several.size() == 1) {
      claims.remove(address);
    }
  }

  private void own(IpAddress address, Endpoint owner) {
    index.put(address.high(), address.low(), owner);
  }

  /** An API server's address is often that of a node, and says more than that. */
  private static int rank(Endpoint endpoint) {
    return switch (endpoint.kind()) {
      case API_SERVER -> 3;
      case POD -> 2;
      case SERVICE -> 1;
      case NODE, WORLD, UNKNOWN -> 0;
    };
  }
}
