package sh.retina.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.MissingStoreFileException;
import org.junit.jupiter.api.Test;

class FirstFileTest {
  private final AtomicInteger attempts = new AtomicInteger();

  /** Its first file is missing so many times: the listing is read again between them. */
  private ExcerptTailer missing(int times) {
    return (ExcerptTailer)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ExcerptTailer.class},
            (proxy, _, _) -> {
              if (attempts.incrementAndGet() <= times) {
                throw new MissingStoreFileException("Missing first store file");
              }
              return proxy;
            });
  }

  @Test
  void shouldTryAgainWhereRetentionHasJustDeletedTheFile() {
    FirstFile.moveTo(missing(2));

    assertThat(attempts).hasValue(3);
  }

  @Test
  void shouldGiveUpWhereTheFileStaysMissing() {
    assertThatThrownBy(() -> FirstFile.moveTo(missing(Integer.MAX_VALUE)))
        .isInstanceOf(MissingStoreFileException.class);
  }
}
