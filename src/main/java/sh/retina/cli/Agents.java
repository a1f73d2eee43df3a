package sh.retina.cli;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The agents that a command asks, with the rights of who calls it: what everybody may read through
 * the API server's pod proxy, everything else by a port-forward, as it is answered on loopback
 * only.
 */
final class Agents implements AutoCloseable {
  private static final String LABEL = "k8s-app";
  private static final String VALUE = "retina";
  private static final int PORT = 10_093;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpClient http;
  private final String token;
  private final @Nullable KubernetesClient client;
  private final List<Agent> all;
  private final List<LocalPortForward> forwards = new ArrayList<>();

  /**
   * One of them.
   *
   * @param name of its node, or the address that was given
   * @param pod empty for one that was given by its address
   */
  record Agent(String name, String namespace, String pod, int port, @Nullable URI address) {}

  private Agents(
      @Nullable KubernetesClient client,
      List<Agent> all,
      String token,
      @Nullable SSLContext trusted) {
    this.client = client;
    this.all = List.copyOf(all);
    this.token = token;
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
    if (trusted != null) {
      builder.sslContext(trusted);
    }
    http = builder.build();
  }

  /**
   * @param token sent with each request; empty: none
   * @param authority who signed its certificate, PEM; null: whom this Java trusts
   */
  static Agents of(URI address, String token, @Nullable Path authority) {
    String name = address.getHost() + (address.getPort() < 0 ? "" : ":" + address.getPort());
    return new Agents(
        null,
        List.of(new Agent(name, "", "", 0, address)),
        token,
        authority == null ? null : Trust.of(authority));
  }

  /**
   * @param client is closed with them
   */
  static Agents ofCluster(
      KubernetesClient client, @Nullable String namespace, @Nullable String node) {
    try {
      List<Agent> found = new ArrayList<>();
      var pods =
          namespace == null ? client.pods().inAnyNamespace() : client.pods().inNamespace(namespace);
      for (Pod pod : pods.withLabel(LABEL, VALUE).list().getItems()) {
        String on = pod.getSpec().getNodeName();
        if (on != null && (node == null || node.equals(on))) {
          found.add(
              new Agent(
                  on,
                  pod.getMetadata().getNamespace(),
                  pod.getMetadata().getName(),
                  port(pod),
                  null));
        }
      }
      if (found.isEmpty()) {
        throw CliException.failed(
            "no agent"
                + (node == null ? "" : " on node " + node)
                + " in "
                + (namespace == null ? "any namespace" : "namespace " + namespace)
                + ": pods with the label "
                + LABEL
                + "="
                + VALUE
                + " are looked for; is the chart installed?");
      }
      found.sort(Comparator.comparing(Agent::name));
      return new Agents(client, found, "", null);
    } catch (KubernetesClientException e) {
      client.close();
      throw CliException.failed("pods cannot be listed: " + Cluster.reason(e));
    } catch (CliException e) {
      client.close();
      throw e;
    }
  }

  private static int port(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .flatMap(container -> container.getPorts().stream())
        .filter(port -> "http".equals(port.getName()))
        .map(ContainerPort::getContainerPort)
        .findFirst()
        .orElse(PORT);
  }

  List<Agent> all() {
    return all;
  }

  /** The body of what everybody may read; fails with the reason where there is none. */
  String get(Agent agent, String path) {
    KubernetesClient cluster = client;
    try {
      if (cluster != null) {
        String body =
            cluster.raw(
                "/api/v1/namespaces/%s/pods/%s:%d/proxy%s"
                    .formatted(agent.namespace(), agent.pod(), agent.port(), path));
        if (body == null) {
          throw CliException.failed(agent.name() + ": no answer");
        }
        return body;
      }
      HttpResponse<String> answer =
          http.send(
              request(agent, path).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      if (answer.statusCode() != 200) {
        throw CliException.failed(
            agent.name() + ": " + answer.statusCode() + " " + answer.body().strip());
      }
      return answer.body();
    } catch (KubernetesClientException e) {
      throw CliException.failed(agent.name() + ": " + Cluster.reason(e));
    } catch (IOException e) {
      throw CliException.failed(agent.name() + ": " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failed(agent.name() + ": interrupted");
    }
  }

  /** A stream of what only loopback may read. */
  InputStream stream(Agent agent, String path) {
    try {
      HttpResponse<InputStream> answer =
          http.send(request(agent, path).build(), HttpResponse.BodyHandlers.ofInputStream());
      if (answer.statusCode() != 200) {
        try (InputStream body = answer.body()) {
          String why = new String(body.readNBytes(4_096), StandardCharsets.UTF_8).strip();
          throw answer.statusCode() == 400
              ? CliException.usage(why)
              : CliException.failed(agent.name() + ": " + answer.statusCode() + " " + why);
        }
      }
      return answer.body();
    } catch (IOException | KubernetesClientException e) {
      throw CliException.failed(agent.name() + ": " + why(agent, e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.failed(agent.name() + ": interrupted");
    }
  }

  /** A port-forward that is refused only breaks: the API server is asked whether it may be. */
  private String why(Agent agent, Exception fault) {
    KubernetesClient cluster = client;
    if (cluster != null) {
      try {
        SelfSubjectAccessReview review =
            cluster
                .resource(
                    new SelfSubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withNewResourceAttributes()
                        .withNamespace(agent.namespace())
                        .withName(agent.pod())
                        .withVerb("get")
                        .withResource("pods")
                        .withSubresource("portforward")
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .create();
        if (!Boolean.TRUE.equals(review.getStatus().getAllowed())) {
          return "you may not get and create pods/portforward in namespace "
              + agent.namespace()
              + ", by which flows are read";
        }
      } catch (KubernetesClientException e) {
        return fault + "; and whether you may: " + Cluster.reason(e);
      }
    }
    return fault.toString();
  }

  /** The body of what only loopback may read. */
  String ownText(Agent agent, String path) {
    try (InputStream body = stream(agent, path)) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw CliException.failed(agent.name() + ": " + e);
    }
  }

  private HttpRequest.Builder request(Agent agent, String path) {
    URI address = agent.address();
    String root = address == null ? forwarded(agent) : address.toString().replaceFirst("/+$", "");
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(root + path));
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  private String forwarded(Agent agent) {
    KubernetesClient cluster = client;
    if (cluster == null) {
      throw new IllegalStateException("no cluster");
    }
    LocalPortForward forward =
        cluster
            .pods()
            .inNamespace(agent.namespace())
            .withName(agent.pod())
            .portForward(agent.port());
    synchronized (forwards) {
      forwards.add(forward);
    }
    return "http://127.0.0.1:" + forward.getLocalPort();
  }

  @Override
  public void close() {
    synchronized (forwards) {
      for (LocalPortForward forward : forwards) {
        try {
          forward.close();
        } catch (IOException e) {
          Console.complain("a port-forward did not close: " + e.getMessage());
        }
      }
    }
    http.shutdownNow();
    if (client != null) {
      client.close();
    }
  }
}
