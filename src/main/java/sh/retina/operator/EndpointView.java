package sh.retina.operator;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import sh.retina.crd.RetinaEndpointSpec;

/** A RetinaEndpoint without what only the API server needs of it. */
@Group("retina.sh")
@Version("v1alpha1")
@Kind("RetinaEndpoint")
@Plural("retinaendpoints")
final class EndpointView extends CustomResource<RetinaEndpointSpec, Void> implements Namespaced {
  @Override
  public void setMetadata(ObjectMeta metadata) {
    super.setMetadata(Stripped.of(metadata));
  }
}
