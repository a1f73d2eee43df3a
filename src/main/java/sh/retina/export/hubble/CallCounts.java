package sh.retina.export.hubble;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;

/**
 * The calls of the API as the original counts them: {@code grpc_server_started_total}, {@code
 * grpc_server_handled_total}, {@code grpc_server_msg_received_total}, {@code
 * grpc_server_msg_sent_total}. Every method has its series from the start on. Thread-safe.
 */
final class CallCounts implements ServerInterceptor {
  private static final String STARTED = "grpc_server_started_total";
  private static final String HANDLED = "grpc_server_handled_total";
  private static final String RECEIVED = "grpc_server_msg_received_total";
  private static final String SENT = "grpc_server_msg_sent_total";

  /** Codes by their numbers, in the words of grpc-go. */
  private static final String[] CODES = {
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated"
  };

  private final Map<String, Method> methods = new ConcurrentSkipListMap<>();

  private static final class Method {
    private final String labels;
    private final LongAdder started = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final AtomicLongArray handled = new AtomicLongArray(CODES.length);

    Method(MethodDescriptor<?, ?> of) {
      labels =
          "grpc_method=\"%s\",grpc_service=\"%s\",grpc_type=\"%s\""
              .formatted(of.getBareMethodName(), of.getServiceName(), type(of.getType()));
    }
  }

  private static String type(MethodDescriptor.MethodType type) {
    return switch (type) {
      case UNARY -> "unary";
      case CLIENT_STREAMING -> "client_stream";
      case SERVER_STREAMING -> "server_stream";
      case BIDI_STREAMING, UNKNOWN -> "bidi_stream";
    };
  }

  /** The methods that a server has. */
  void expect(Server server) {
    server
        .getServices()
        .forEach(service -> service.getMethods().forEach(one -> of(one.getMethodDescriptor())));
  }

  private Method of(MethodDescriptor<?, ?> method) {
    return methods.computeIfAbsent(method.getFullMethodName(), _ -> new Method(method));
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Method method = of(call.getMethodDescriptor());
    method.started.increment();
    AtomicBoolean isHandled = new AtomicBoolean(); // a client may leave at the end as well
    ServerCall<Q, R> counted =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void sendMessage(R message) {
            method.sent.increment();
            super.sendMessage(message);
          }

          @Override
          public void close(Status status, Metadata trailers) {
            if (isHandled.compareAndSet(false, true)) {
              method.handled.incrementAndGet(status.getCode().value());
            }
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<>(next.startCall(counted, headers)) {
      @Override
      public void onMessage(Q message) {
        method.received.increment();
        super.onMessage(message);
      }

      @Override
      public void onCancel() {
        if (isHandled.compareAndSet(false, true)) {
          method.handled.incrementAndGet(Status.Code.CANCELLED.value());
        }
        super.onCancel();
      }
    };
  }

  /** In Prometheus' text format. */
  void write(StringBuilder text) {
    write(text, STARTED, "calls started", method -> method.started.sum());
    write(text, RECEIVED, "messages received", method -> method.received.sum());
    write(text, SENT, "messages sent", method -> method.sent.sum());
    head(text, HANDLED, "calls that have ended");
    for (Method method : methods.values()) {
      for (int code = 0; code < CODES.length; code++) {
        text.append(HANDLED + "{grpc_code=\"" + CODES[code] + "\"," + method.labels + "} ")
            .append(method.handled.get(code))
            .append('\n');
      }
    }
  }

  private static void head(StringBuilder text, String name, String what) {
    text.append("# HELP " + name + " Number of " + what + "\n");
    text.append("# TYPE " + name + " counter\n");
  }

  private void write(StringBuilder text, String name, String what, ToLongFunction<Method> count) {
    head(text, name, what);
    for (Method method : methods.values()) {
      text.append(name + "{" + method.labels + "} " + count.applyAsLong(method) + "\n");
    }
  }
}
