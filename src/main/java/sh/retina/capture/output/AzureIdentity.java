package sh.retina.capture.output;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who this node, or this pod, is for Azure: a token for storage. A pod with workload identity has a
 * token of its own to exchange, found by the variables {@code AZURE_*} that its webhook sets; else
 * the node's managed identity answers (Azure Instance Metadata Service).
 */
final class AzureIdentity {
  private static final String RESOURCE = "https://storage.azure.com/";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int OK = 200;
  private static final int SHOWN = 300;

  private final HttpClient http;
  private final Map<String, String> environment;

  AzureIdentity(HttpClient http, Map<String, String> environment) {
    this.http = http;
    this.environment = environment;
  }

  /**
   * A token, good for an hour at least.
   *
   * @throws IOException with what was asked, and why there is none
   */
  String token() throws IOException {
    HttpRequest request = isWorkload() ? exchange() : managed();
    String who = isWorkload() ? "workload identity" : "managed identity";
    try {
      HttpResponse<String> answer =
          http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      JsonNode token = JsonMapper.shared().readTree(answer.body()).path("access_token");
      if (answer.statusCode() == OK && token.isString()) {
        return token.asString();
      }
      throw new IOException(
          who + ": " + answer.statusCode() + " of " + place(request) + ": " + cut(answer.body()));
    } catch (JacksonException e) {
      throw new IOException(who + ": " + place(request) + " answers no JSON", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(who + ": interrupted", e);
    } catch (IOException e) {
      if (e.getMessage() != null && e.getMessage().startsWith(who)) {
        throw e;
      }
      throw new IOException(
          who + ": no answer of " + place(request) + ": has this node one, or pod? " + e, e);
    }
  }

  private boolean isWorkload() {
    return environment.containsKey("AZURE_FEDERATED_TOKEN_FILE");
  }

  private HttpRequest managed() {
    String host =
        environment.getOrDefault("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.169.254");
    String client = environment.getOrDefault("AZURE_CLIENT_ID", "");
    String query =
        "api-version=2018-02-01&resource="
            + encoded(RESOURCE)
            + (client.isEmpty() ? "" : "&client_id=" + encoded(client));
    return HttpRequest.newBuilder(
            URI.create(host.replaceFirst("/+$", "") + "/metadata/identity/oauth2/token?" + query))
        .header("Metadata", "true")
        .timeout(PATIENCE)
        .build();
  }

  private HttpRequest exchange() throws IOException {
    String own = Files.readString(Path.of(variable("AZURE_FEDERATED_TOKEN_FILE"))).strip();
    String host =
        environment.getOrDefault("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/");
    Map<String, String> form =
        Map.of(
            "grant_type",
            "client_credentials",
            "client_id",
            variable("AZURE_CLIENT_ID"),
            "scope",
            RESOURCE + ".default",
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion",
            own);
    String body =
        form.entrySet().stream()
            .map(field -> field.getKey() + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    return HttpRequest.newBuilder(
            URI.create(
                host.replaceFirst("/+$", "")
                    + "/"
                    + encoded(variable("AZURE_TENANT_ID"))
                    + "/oauth2/v2.0/token"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .timeout(PATIENCE)
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private String variable(String name) throws IOException {
    String value = environment.getOrDefault(name, "");
    if (value.isEmpty()) {
      throw new IOException("workload identity: the variable " + name + " is not set");
    }
    return value;
  }

  private static String place(HttpRequest request) {
    return request.uri().getScheme() + "://" + request.uri().getAuthority();
  }

  private static String cut(String text) {
    return text.length() <= SHOWN ? text.strip() : text.substring(0, SHOWN).strip() + "…";
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
