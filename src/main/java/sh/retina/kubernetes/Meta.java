package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import sh.retina.identity.CgroupOwner;
import tools.jackson.core.JsonParser;

/** What is kept of an object's metadata while the object is read. Not thread-safe. */
final class Meta {
  /** Whose value {@code observe} selects a pod or a namespace. */
  static final String OBSERVE_ANNOTATION = "retina.sh";

  /** The UID by which kubelet names the cgroup of a static pod. */
  private static final String STATIC_POD_ANNOTATION = "kubernetes.io/config.hash";

  String namespace = "";
  String name = "";
  String resourceVersion = "";
  Optional<UUID> uid = Optional.empty();
  List<String> labels = List.of();
  boolean isObserved;
  Workloads controller = Workloads.NONE;
  Optional<UUID> podOwnerUid = Optional.empty();
  private Optional<UUID> staticUid = Optional.empty();

  void read(JsonParser parser) {
    JsonFields.of(
        parser,
        (field, p) -> {
          switch (field) {
            case "namespace" -> namespace = JsonFields.text(p);
            case "name" -> name = JsonFields.text(p);
            case "resourceVersion" -> resourceVersion = JsonFields.text(p);
            case "uid" -> uid = CgroupOwner.uuid(JsonFields.text(p));
            case "labels" -> labels = labels(p);
            case "annotations" -> JsonFields.of(p, this::annotation);
            case "ownerReferences" -> JsonFields.items(p, this::owner);
            default -> {
              // managedFields and the like
            }
          }
        });
  }

  /** The UID in the names of its cgroups. */
  Optional<UUID> cgroupUid() {
    return staticUid.isPresent() ? staticUid : uid;
  }

  static List<String> labels(JsonParser parser) {
    List<String> all = new ArrayList<>();
    JsonFields.of(parser, (key, p) -> all.add(key + "=" + JsonFields.text(p)));
    all.sort(null);
    return all;
  }

  private void annotation(String key, JsonParser parser) {
    if (key.equals(OBSERVE_ANNOTATION)) {
      isObserved = JsonFields.text(parser).equals("observe");
    } else if (key.equals(STATIC_POD_ANNOTATION)) {
      staticUid = CgroupOwner.uuid(JsonFields.text(parser));
    }
  }

  private void owner(JsonParser parser) {
    String[] kindNameUid = {"", "", ""};
    boolean[] controls = {false};
    JsonFields.of(
        parser,
        (field, p) -> {
          switch (field) {
            case "kind" -> kindNameUid[0] = JsonFields.text(p);
            case "name" -> kindNameUid[1] = JsonFields.text(p);
            case "uid" -> kindNameUid[2] = JsonFields.text(p);
            case "controller" -> controls[0] = p.getValueAsBoolean();
            default -> {
              // apiVersion
            }
          }
        });
    if (controls[0]) {
      controller = new Workloads(kindNameUid[0], kindNameUid[1]);
    }
    if (kindNameUid[0].equals("Pod")) {
      podOwnerUid = CgroupOwner.uuid(kindNameUid[2]);
    }
  }
}
