package sh.retina.export.hubble;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import sh.retina.flow.proto.peer.ChangeNotification;
import sh.retina.flow.proto.peer.NotifyRequest;
import sh.retina.flow.proto.peer.PeerGrpc;

/** Tells a relay which nodes there are. */
final class PeerService extends PeerGrpc.PeerImplBase {
  private static final int MAX_WAITING = 65_536;

  private final Peers peers;

  PeerService(Peers peers) {
    this.peers = peers;
  }

  @Override
  public void notify(NotifyRequest request, StreamObserver<ChangeNotification> responses) {
    Notifications client =
        new Notifications(peers, (ServerCallStreamObserver<ChangeNotification>) responses);
    peers.join(client);
  }

  /** What one client has not been sent yet. */
  private static final class Notifications implements Consumer<ChangeNotification> {
    private final Peers peers;
    private final ServerCallStreamObserver<ChangeNotification> client;
    private final Queue<ChangeNotification> waiting = new ArrayDeque<>();
    private boolean isEnded;

    Notifications(Peers peers, ServerCallStreamObserver<ChangeNotification> client) {
      this.peers = peers;
      this.client = client;
      client.setOnReadyHandler(this::send);
      client.setOnCancelHandler(this::end);
    }

    @Override
    public void accept(ChangeNotification change) {
      boolean isFull;
      synchronized (this) {
        isFull = waiting.size() >= MAX_WAITING;
        if (!isFull) {
          waiting.add(change);
        }
      }
      if (isFull) {
        fail();
      } else {
        send();
      }
    }

    private synchronized void send() {
      while (!isEnded && !waiting.isEmpty() && client.isReady()) {
        client.onNext(waiting.remove());
      }
    }

    private synchronized void fail() {
      if (!isEnded) {
        isEnded = true;
        waiting.clear();
        peers.leave(this);
        client.onError(
            Status.UNKNOWN
                .withDescription("server stream send was blocked for too long")
                .asRuntimeException());
      }
    }

    private void end() {
      synchronized (this) {
        isEnded = true;
        waiting.clear();
      }
      peers.leave(this);
    }
  }
}
