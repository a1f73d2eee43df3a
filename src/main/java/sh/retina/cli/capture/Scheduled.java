package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.authentication.SelfSubjectReview;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import sh.retina.cli.CliException;
import sh.retina.cli.Cluster;
import sh.retina.cli.Console;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureSpec;

/** A Capture with a schedule: what only the operator can follow. */
final class Scheduled {
  private static final int NOT_FOUND = 404;

  private final KubernetesClient client;
  private final String namespace;
  private final String name;

  Scheduled(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  int create(
      CaptureSpec.Configuration configuration,
      OutputOptions output,
      String schedule,
      boolean cleanUp,
      Printed printed) {
    List<Secret> secrets = output.secrets(client, namespace, name);
    boolean done = false;
    try {
      Capture capture = new Capture();
      ObjectMeta metadata = new ObjectMeta();
      metadata.setNamespace(namespace);
      metadata.setName(name);
      metadata.setAnnotations(creator());
      capture.setMetadata(metadata);
      capture.setSpec(
          new CaptureSpec(
              configuration, output.output(secrets), cleanUp, schedule, null, null, null));
      Capture made = client.resource(capture).create();
      done = true;
      if (printed.isTable()) {
        Console.answer("capture.retina.sh/" + name + " created");
        Console.tell("The operator begins it at each time of '" + schedule + "', UTC.");
      } else {
        printed.data(
            tools.jackson.databind.json.JsonMapper.shared()
                .readTree(client.getKubernetesSerialization().asJson(made)));
      }
      return 0;
    } catch (KubernetesClientException e) {
      if (e.getCode() == NOT_FOUND) {
        throw CliException.failed(
            "the cluster knows no Captures: a schedule needs the operator, which the chart installs");
      }
      throw CliException.failed(Cluster.reason(e));
    } finally {
      if (!done) {
        secrets.forEach(secret -> client.resource(secret).delete());
      }
    }
  }

  /** Whose rights count when a run needs a Secret. */
  private Map<String, String> creator() {
    SelfSubjectReview review = client.resource(new SelfSubjectReview()).create();
    UserInfo user = review.getStatus().getUserInfo();
    return Map.of(
        "retina.sh/creator",
        user.getUsername(),
        "retina.sh/creator-groups",
        user.getGroups() == null ? "" : String.join(",", user.getGroups()));
  }
}
