package sh.retina.operator;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.function.Consumer;

/**
 * For controllers that compare what is with what should be: an object that came, changed or went is
 * looked at in the same way.
 *
 * @param look takes the object as it is now, or was last; called by the informer's thread
 */
record Noticed<T>(Consumer<T> look) implements ResourceEventHandler<T> {
  @Override
  public void onAdd(T object) {
    look.accept(object);
  }

  @Override
  public void onUpdate(T old, T object) {
    look.accept(object);
  }

  @Override
  public void onDelete(T object, boolean isStateUnknown) {
    look.accept(object);
  }
}
