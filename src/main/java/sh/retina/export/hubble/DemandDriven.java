package sh.retina.export.hubble;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.BaseSubscriber;

/**
 * Brings a stream to a gRPC client at the client's pace: one item is asked for while the call is
 * ready, which gRPC says as long as less than its threshold (32 KiB) waits to be sent. A client
 * that does not read holds a position in the journal and that much memory, nothing more.
 *
 * @param <T> what the stream gives
 * @param <R> what the client gets
 */
final class DemandDriven<T, R> extends BaseSubscriber<T> {
  private static final Logger LOG = LoggerFactory.getLogger(DemandDriven.class);

  private final ServerCallStreamObserver<R> client;
  private final Function<T, R> response;
  private final Runnable onEnd;

  /** Whether an item has been asked for and has not come. */
  private final AtomicBoolean isAsked = new AtomicBoolean();

  private final AtomicBoolean isEnded = new AtomicBoolean();

  /**
   * @param onEnd called once, however the stream ends
   */
  DemandDriven(ServerCallStreamObserver<R> client, Function<T, R> response, Runnable onEnd) {
    this.client = client;
    this.response = response;
    this.onEnd = onEnd;
    client.setOnReadyHandler(this::ask);
    client.setOnCancelHandler(() -> {
      cancel();
      end();
    });
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    ask();
  }

  /** Any thread. */
  private void ask() {
    if (client.isReady() && upstreamIsThere() && isAsked.compareAndSet(false, true)) {
      request(1);
    }
  }

  private boolean upstreamIsThere() {
    return upstream() != null;
  }

  @Override
  protected void hookOnNext(T item) {
    client.onNext(response.apply(item));
    isAsked.set(false);
    ask();
  }

  @Override
  protected void hookOnComplete() {
    if (!client.isCancelled()) {
      client.onCompleted();
    }
    end();
  }

  @Override
  protected void hookOnError(Throwable e) {
    if (!client.isCancelled()) {
      if (e instanceof StatusRuntimeException known) {
        client.onError(known);
      } else {
        LOG.warn("a stream of the Hubble API ended cause={}", e.toString(), e);
        client.onError(
            Status.UNAVAILABLE
                .withDescription("the agent could not go on: " + e.getMessage())
                .asRuntimeException());
      }
    }
    end();
  }

  private void end() {
    if (isEnded.compareAndSet(false, true)) {
      onEnd.run();
    }
  }
}
