package sh.retina.kubernetes;

import io.fabric8.kubernetes.api.model.NamedAuthInfo;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

/**
 * The way to the API server: address, certificates and token by the fabric8 client, which reads
 * them again when they are refused or old; answers as streams. The client is made at the first
 * request, and again when a configuration cannot be read. HTTP/1.1, as a connection of its own per
 * request dies alone: requests over one that is half open would all hang. Thread-safe.
 */
final class ApiConnection implements AutoCloseable {
  /** Something else than an answer in time, or a server that is not there. */
  private static final Duration HEAD = Duration.ofSeconds(20);

  private static final int CONNECT_MS = 10_000;
  private static final int LONGEST_REFUSAL = 2_048;

  private final String kubeconfig;
  private @Nullable KubernetesClient client;
  private boolean isClosed;

  /** {@code kubeconfig}: its path; empty: the service account of the pod that this runs in. */
  ApiConnection(String kubeconfig) {
    this.kubeconfig = kubeconfig;
  }

  private synchronized KubernetesClient client() {
    if (isClosed) {
      throw ApiFailure.of(ApiFailure.Cause.UNREACHABLE, "closed", null);
    }
    KubernetesClient known = client;
    if (known == null) {
      known = new KubernetesClientBuilder().withConfig(configuration()).build();
      client = known;
    }
    return known;
  }

  private Config configuration() {
    try {
      Config found =
          kubeconfig.isEmpty()
              ? Config.autoConfigure(null)
              : Config.fromKubeconfig(new File(kubeconfig));
      Optional<String> token = tokenOfFile(found);
      return new ConfigBuilder(found)
          .withOauthToken(token.orElse(found.getOauthToken()))
          .withConnectionTimeout(CONNECT_MS)
          .withRequestRetryBackoffLimit(0) // who asks waits, with a status that shows it
          .withHttp2Disable(true)
          .build();
    } catch (IOException | RuntimeException e) {
      throw ApiFailure.of(
          ApiFailure.Cause.UNREACHABLE,
          "the configuration " + kubeconfig + " cannot be read: " + e.getMessage(),
          e);
    }
  }

  /** What the file holds that the kubeconfig names for its user, which the client passes over. */
  private Optional<String> tokenOfFile(Config found) throws IOException {
    if (kubeconfig.isEmpty() || found.getCurrentContext() == null) {
      return Optional.empty();
    }
    String user = found.getCurrentContext().getContext().getUser();
    for (NamedAuthInfo known : KubeConfigUtils.parseConfig(new File(kubeconfig)).getUsers()) {
      if (known.getName().equals(user) && known.getUser().getTokenFile() != null) {
        return Optional.of(Files.readString(Path.of(known.getUser().getTokenFile())).strip());
      }
    }
    return Optional.empty();
  }

  /**
   * The next request reads token and certificates again. What goes on by the old client is left
   * alone; it goes when nothing uses it.
   */
  private synchronized void renew(KubernetesClient refused) {
    if (refused.equals(client)) {
      client = null;
    }
  }

  /**
   * Sends a GET; the answer's body once its head is there.
   *
   * @param pathAndQuery from the server's root
   * @param silence how long no byte may come
   */
  ResponseStream get(String pathAndQuery, Duration silence) {
    KubernetesClient to = client();
    return send(to, request(to, pathAndQuery).build(), silence);
  }

  /** Sends a POST of a JSON text; else as {@link #get}. */
  ResponseStream post(String path, String json, Duration silence) {
    KubernetesClient to = client();
    return send(to, request(to, path).post("application/json", json).build(), silence);
  }

  private static HttpRequest.Builder request(KubernetesClient to, String pathAndQuery) {
    String root = to.getMasterUrl().toString();
    return to.getHttpClient()
        .newHttpRequestBuilder()
        .uri(root.substring(0, root.length() - (root.endsWith("/") ? 1 : 0)) + pathAndQuery)
        .header("Accept", "application/json")
        .forStreaming();
  }

  private ResponseStream send(KubernetesClient to, HttpRequest request, Duration silence) {
    ResponseStream stream = new ResponseStream(silence);
    CompletableFuture<HttpResponse<AsyncBody>> head =
        to.getHttpClient().consumeBytes(request, (bytes, _) -> stream.take(bytes));
    HttpResponse<AsyncBody> response;
    try {
      response = head.get(HEAD.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      head.cancel(true);
      Thread.currentThread().interrupt();
      throw ApiFailure.of(ApiFailure.Cause.BROKEN, "interrupted", e);
    } catch (TimeoutException e) {
      head.cancel(true);
      head.thenAccept(late -> late.body().cancel());
      throw ApiFailure.of(ApiFailure.Cause.SILENT, "no answer in " + HEAD.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      renew(to); // perhaps a certificate whose time is over
      throw failure(e.getCause() == null ? e : e.getCause());
    }
    stream.attach(response.body());
    if (!response.isSuccessful()) {
      if (response.code() == HttpURLConnection.HTTP_UNAUTHORIZED) {
        renew(to);
      }
      throw ApiFailure.ofStatus(response.code(), refusal(stream), retryAfter(response));
    }
    return stream;
  }

  static JsonParser parser(ResponseStream stream) {
    return JsonMapper.shared().createParser(stream);
  }

  /** What a failure while reading means. */
  static ApiFailure failure(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ApiFailure known -> {
          return known;
        }
        case ResponseStream.SilenceException e -> {
          return ApiFailure.of(ApiFailure.Cause.SILENT, String.valueOf(e.getMessage()), e);
        }
        case ConnectException e -> {
          return ApiFailure.of(ApiFailure.Cause.UNREACHABLE, e.toString(), e);
        }
        case HttpConnectTimeoutException e -> {
          return ApiFailure.of(ApiFailure.Cause.UNREACHABLE, e.toString(), e);
        }
        case UnknownHostException e -> {
          return ApiFailure.of(ApiFailure.Cause.UNREACHABLE, e.toString(), e);
        }
        case CertificateException e -> {
          return ApiFailure.of(
              ApiFailure.Cause.UNTRUSTED,
              "the API server's certificate is not trusted; is its time over, or its authority"
                  + " another one than that of this configuration? "
                  + e.getMessage(),
              e);
        }
        case KubernetesClientException e when e.getCode() > 0 -> {
          return ApiFailure.ofStatus(e.getCode(), String.valueOf(e.getMessage()), Duration.ZERO);
        }
        default -> {
          // wraps another, perhaps
        }
      }
    }
    return ApiFailure.of(ApiFailure.Cause.BROKEN, thrown.toString(), thrown);
  }

  /** The sentence of the Status that a refusal carries, else what it says. */
  private static String refusal(ResponseStream stream) {
    try (stream) {
      String text = new String(stream.readNBytes(LONGEST_REFUSAL), StandardCharsets.UTF_8).strip();
      try {
        return JsonMapper.shared().readTree(text).path("message").asString(text);
      } catch (JacksonException e) {
        return text;
      }
    } catch (InterruptedIOException e) {
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static Duration retryAfter(HttpResponse<?> response) {
    String seconds = response.header("Retry-After");
    return seconds != null && seconds.matches("\\d{1,4}")
        ? Duration.ofSeconds(Long.parseLong(seconds))
        : Duration.ZERO;
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (client != null) {
      client.close();
    }
  }
}
