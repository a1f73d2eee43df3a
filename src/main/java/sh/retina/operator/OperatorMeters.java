package sh.retina.operator;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The operator's own metrics; {@code docs/operator.md} lists them. */
final class OperatorMeters implements Interceptor {
  private final MeterRegistry registry;

  OperatorMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  void reconciled(String controller, String outcome) {
    registry
        .counter("retina.operator.reconciles", "controller", controller, "outcome", outcome)
        .increment();
  }

  void leads(Leadership leadership) {
    Gauge.builder("retina.operator.leader", leadership, one -> one.isLeader() ? 1 : 0)
        .register(registry);
  }

  void controller(String name, Controllers controllers) {
    gauge("retina.operator.queue.length", name, controllers, one -> one.queued(name));
    gauge("retina.operator.queue.failing", name, controllers, one -> one.failing(name));
  }

  private void gauge(
      String metric, String name, Controllers controllers, ToDoubleFunction<Controllers> value) {
    Gauge.builder(metric, controllers, value).tag("controller", name).register(registry);
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    called(request, String.valueOf(response.code()));
  }

  @Override
  public void afterConnectionFailure(HttpRequest request, Throwable failure) {
    called(request, "unreachable");
  }

  private void called(HttpRequest request, String code) {
    String query = request.uri().getQuery();
    boolean watch = query != null && query.contains("watch=true");
    registry
        .counter(
            "retina.operator.api.requests",
            "method",
            watch ? "watch" : request.method().toLowerCase(Locale.ROOT),
            "resource",
            ApiPath.resource(request.uri().getPath()),
            "code",
            code)
        .increment();
  }
}
