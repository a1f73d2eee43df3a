package sh.retina.operator;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureSpec;
import sh.retina.job.CaptureRefused;

/**
 * Whether a Capture's Job may have the Secrets that it names: they are there, and who made the
 * Capture may read them. Of a Secret only its metadata is asked for, never what is in it.
 */
final class CaptureSecrets {
  /** Who made the Capture; the policy of the chart refuses another's name. */
  static final String CREATOR = "retina.sh/creator";

  /** The groups of the creator, with commas. */
  static final String CREATOR_GROUPS = "retina.sh/creator-groups";

  private static final String METADATA =
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  private static final int NOT_FOUND = 404;
  private static final int OK = 200;
  private static final int PATIENCE_SECONDS = 20;

  private final KubernetesClient client;
  private final boolean requireCreator;

  CaptureSecrets(KubernetesClient client, boolean requireCreator) {
    this.client = client;
    this.requireCreator = requireCreator;
  }

  /**
   * Asks for each.
   *
   * @throws CaptureRefused when one is not there, or the creator may not read it
   */
  void check(Capture capture) throws CaptureRefused {
    String namespace = capture.getMetadata().getNamespace();
    for (String secret : names(capture.getSpec().outputConfiguration())) {
      permitted(capture, namespace, secret);
      if (!exists(namespace, secret)) {
        throw refused(
            "there is no Secret '%s' in namespace %s: create it, then the Capture again"
                .formatted(secret, namespace));
      }
    }
  }

  private static List<String> names(CaptureSpec.Output output) {
    List<String> names = new ArrayList<>();
    String blob = output.blobUpload();
    if (blob != null) {
      names.add(blob);
    }
    CaptureSpec.S3Upload s3 = output.s3Upload();
    if (s3 != null) {
      names.add(s3.secretName());
    }
    return names;
  }

  private void permitted(Capture capture, String namespace, String secret) throws CaptureRefused {
    Map<String, String> annotations = capture.getMetadata().getAnnotations();
    String creator = annotations == null ? null : annotations.get(CREATOR);
    if (creator == null || creator.isEmpty()) {
      if (requireCreator) {
        throw refused(
            "the Capture names Secret '%s' and does not say who made it: set the annotation %s"
                .formatted(secret, CREATOR));
      }
      return;
    }
    SubjectAccessReview answer =
        client
            .resource(
                new SubjectAccessReviewBuilder()
                    .withNewSpec()
                    .withUser(creator)
                    .withGroups(groups(annotations.get(CREATOR_GROUPS)))
                    .withNewResourceAttributes()
                    .withVerb("get")
                    .withResource("secrets")
                    .withNamespace(namespace)
                    .withName(secret)
                    .endResourceAttributes()
                    .endSpec()
                    .build())
            .create();
    if (!Boolean.TRUE.equals(answer.getStatus().getAllowed())) {
      throw refused(
          "'%s', who made the Capture, may not read Secret '%s' in namespace %s"
              .formatted(creator, secret, namespace));
    }
  }

  private static List<String> groups(@Nullable String text) {
    return text == null || text.isEmpty() ? List.of() : List.of(text.split(",", -1));
  }

  private static CaptureRefused refused(String message) {
    return new CaptureRefused(CaptureRefused.Reason.FIND_SECRET_FAILED, message);
  }

  private boolean exists(String namespace, String secret) {
    URI place =
        URI.create(client.getMasterUrl().toString())
            .resolve("/api/v1/namespaces/" + namespace + "/secrets/" + secret);
    try {
      HttpResponse<String> answer =
          client
              .getHttpClient()
              .sendAsync(
                  client
                      .getHttpClient()
                      .newHttpRequestBuilder()
                      .uri(place)
                      .header("Accept", METADATA)
                      .build(),
                  String.class)
              .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (answer.code() == OK || answer.code() == NOT_FOUND) {
        return answer.code() == OK;
      }
      throw new KubernetesClientException("Secret " + secret + ": answer " + answer.code());
    } catch (ExecutionException | TimeoutException e) {
      throw new KubernetesClientException("Secret " + secret + " cannot be asked for", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KubernetesClientException("interrupted", e);
    }
  }
}
