package sh.retina;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A test that wants the machine for itself, or as good as that: it counts what the whole kernel
 * does, or how long something takes. Of these one runs at a time, whatever JVM has it; the others
 * run beside it.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(WholeMachine.Lock.class)
public @interface WholeMachine {
  /** Held from before the first test of a class to after its last. */
  final class Lock implements BeforeAllCallback {
    private static final Path FILE =
        Path.of(System.getProperty("java.io.tmpdir"), "retina-tests.lock");

    /** The file's lock goes with its channel, which JUnit closes at the end of the class. */
    private record Held(FileChannel channel) implements AutoCloseable {
      static Held take() {
        try {
          FileChannel channel =
              FileChannel.open(FILE, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          channel.lock();
          return new Held(channel);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
      context
          .getStore(ExtensionContext.Namespace.create(Lock.class))
          .computeIfAbsent(Held.class, _ -> Held.take());
    }
  }
}
