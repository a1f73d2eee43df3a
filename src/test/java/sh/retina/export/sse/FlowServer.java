package sh.retina.export.sse;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.config.EnableWebFlux;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import sh.retina.export.access.AccessFilter;
import sh.retina.flow.FlowNode;
import sh.retina.pipeline.FlowSource;

/** The stream, the filter before it and a page of metrics on a real server. */
public final class FlowServer implements AutoCloseable {
  private final AnnotationConfigApplicationContext context =
      new AnnotationConfigApplicationContext();
  private final DisposableServer server;

  FlowServer(FlowSource source, int maxClients, String host) {
    this(source, maxClients, host, new AccessFilter(null));
  }

  public FlowServer(FlowSource source, int maxClients, String host, AccessFilter access) {
    context.registerBean(AccessFilter.class, () -> access);
    context.registerBean(FlowSource.class, () -> source);
    context.registerBean(FlowNode.class, () -> new FlowNode("n1", "", "0.1.0"));
    context.registerBean(SseSubscribers.class, SseSubscribers::new);
    context.registerBean(
        SseProperties.class, () -> new SseProperties(Duration.ofSeconds(15), maxClients));
    context.register(Web.class, FlowsController.class, Pages.class);
    context.refresh();
    server =
        HttpServer.create()
            .host(host)
            .port(0)
            // As Boot sets it inside Kubernetes.
            .forwarded(true)
            .handle(
                new ReactorHttpHandlerAdapter(
                    WebHttpHandlerBuilder.applicationContext(context).build()))
            .bindNow();
  }

  @EnableWebFlux
  static class Web {}

  @RestController
  static class Pages {
    @GetMapping({"/metrics", "/actuator/prometheus", "/actuator/health/liveness", "/actuator/env"})
    String page() {
      return "page";
    }
  }

  public int port() {
    return ((InetSocketAddress) server.address()).getPort();
  }

  int subscribers() {
    return context.getBean(SseSubscribers.class).count();
  }

  void closeContext() {
    context.close();
  }

  @Override
  public void close() {
    context.close();
    server.disposeNow(Duration.ofSeconds(5));
  }
}
