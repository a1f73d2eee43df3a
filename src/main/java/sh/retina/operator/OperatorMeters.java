package sh.retina.operator;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The operator's own metrics, as {@link OperatorMetric} names them. */
final class OperatorMeters implements Interceptor {
  private final MeterRegistry registry;

  OperatorMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  void reconciled(String controller, String outcome) {
    count(OperatorMetric.RECONCILES, controller, outcome);
  }

  void leads(Leadership leadership) {
    gauge(OperatorMetric.LEADER, leadership, one -> one.isLeader() ? 1 : 0);
  }

  void controller(String name, Controllers controllers) {
    gauge(OperatorMetric.QUEUE_LENGTH, controllers, one -> one.queued(name), name);
    gauge(OperatorMetric.QUEUE_FAILING, controllers, one -> one.failing(name), name);
  }

  private <T> void gauge(
      OperatorMetric metric, T object, ToDoubleFunction<T> value, String... labels) {
    Gauge.builder(metric.meter(), object, value)
        .description(metric.help())
        .tags(tags(metric, labels))
        .register(registry);
  }

  private void count(OperatorMetric metric, String... labels) {
    Counter.builder(metric.meter())
        .description(metric.help())
        .tags(tags(metric, labels))
        .register(registry)
        .increment();
  }

  private static Tags tags(OperatorMetric metric, String... labels) {
    Tags tags = Tags.empty();
    for (int i = 0; i < labels.length; i++) {
      tags = tags.and(metric.labels().get(i), labels[i]);
    }
    return tags;
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
    count(
        OperatorMetric.API_REQUESTS,
        watch ? "watch" : request.method().toLowerCase(Locale.ROOT),
        ApiPath.resource(request.uri().getPath()),
        code);
  }
}
