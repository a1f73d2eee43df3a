package sh.retina.bpf;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Native resources that live no longer than their owner: closed in reverse order of their making.
 * One that was closed by itself is taken out again. Thread-safe.
 */
final class Owned {
  private final Set<AutoCloseable> resources = new LinkedHashSet<>();

  synchronized <T extends AutoCloseable> T add(T resource) {
    resources.add(resource);
    return resource;
  }

  synchronized void remove(AutoCloseable resource) {
    resources.remove(resource);
  }

  /** Closes all, also those after one that fails; the first failure is thrown in the end. */
  void closeAll() {
    List<AutoCloseable> open;
    synchronized (this) {
      open = new ArrayList<>(resources).reversed();
      resources.clear();
    }
    RuntimeException failure = null;
    for (AutoCloseable resource : open) {
      try {
        resource.close();
      } catch (RuntimeException e) {
        failure = merge(failure, e);
      } catch (Exception e) {
        failure = merge(failure, new IllegalStateException(e));
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static RuntimeException merge(@Nullable RuntimeException first, RuntimeException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }
}
