package sh.retina.plugin;

import java.util.Collection;
import java.util.Set;
import sh.retina.event.IpPrefix;

/**
 * Whose packets are looked at. Immutable.
 *
 * @param isAll everybody's; then there are no prefixes
 * @param prefixes otherwise, those from or to an address in one of these
 */
public record Interest(boolean isAll, Set<IpPrefix> prefixes) {
  public static final Interest ALL = new Interest(true, Set.of());

  public Interest {
    prefixes = Set.copyOf(prefixes);
    if (isAll && !prefixes.isEmpty()) {
      throw new IllegalArgumentException("everything, and yet " + prefixes);
    }
  }

  /** Only these; of an empty set, nobody. */
  public static Interest only(Collection<IpPrefix> prefixes) {
    return new Interest(false, Set.copyOf(prefixes));
  }
}
