package sh.retina.kubernetes;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks the API server whose a bearer token is, and whether its owner may do something with a URL
 * that is no resource of the API. The connection is made with the first question. Thread-safe;
 * blocks.
 */
public final class AccessReviews implements AutoCloseable {
  private static final String TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews";
  private static final String SUBJECTS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private final ApiConnection api;
  private final List<String> audiences;

  /**
   * @param user name as the API server has it; empty: the token is nobody's, or not for us
   */
  public record Review(String user, boolean isAllowed) {
    private static final Review NOBODY = new Review("", false);
  }

  /**
   * @param kubeconfig path; empty: the service account of the pod that this runs in
   * @param audiences a token must be for one of these; empty: for the API server itself
   */
  public AccessReviews(String kubeconfig, List<String> audiences) {
    this.api = new ApiConnection(kubeconfig);
    this.audiences = List.copyOf(audiences);
  }

  /** Throws a RuntimeException that says why where there is no answer. */
  public Review review(String token, String verb, String path) {
    JsonNode status =
        ask(
            TOKENS,
            Map.of(
                "apiVersion",
                "authentication.k8s.io/v1",
                "kind",
                "TokenReview",
                "spec",
                audiences.isEmpty()
                    ? Map.of("token", token)
                    : Map.of("token", token, "audiences", audiences)));
    JsonNode user = status.path("user");
    if (!status.path("authenticated").asBoolean(false) || !isForUs(status)) {
      return Review.NOBODY;
    }
    ObjectNode spec = JsonMapper.shared().createObjectNode();
    spec.set("user", user.path("username"));
    for (String part : List.of("uid", "groups", "extra")) {
      if (user.has(part)) {
        spec.set(part, user.get(part));
      }
    }
    spec.putObject("nonResourceAttributes").put("path", path).put("verb", verb);
    JsonNode answer =
        ask(
            SUBJECTS,
            Map.of(
                "apiVersion",
                "authorization.k8s.io/v1",
                "kind",
                "SubjectAccessReview",
                "spec",
                spec));
    return new Review(user.path("username").asString(""), answer.path("allowed").asBoolean(false));
  }

  /** An authenticator that knows of no audiences says nothing of them: then it is not for us. */
  private boolean isForUs(JsonNode status) {
    return audiences.isEmpty()
        || status
            .path("audiences")
            .valueStream()
            .anyMatch(one -> audiences.contains(one.asString("")));
  }

  private JsonNode ask(String path, Map<String, Object> review) {
    String json = JsonMapper.shared().writeValueAsString(review);
    try (ResponseStream answer = api.post(path, json, SILENCE)) {
      return JsonMapper.shared().readTree(answer).path("status");
    } catch (JacksonException e) {
      throw ApiConnection.failure(e);
    }
  }

  @Override
  public void close() {
    api.close();
  }
}
