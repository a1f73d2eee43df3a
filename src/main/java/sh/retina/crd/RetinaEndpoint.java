package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * What agents need to know of a pod that runs on another node, of the pod's name and namespace. The
 * operator writes it; the API server deletes it with its pod.
 */
@JsonClassDescription("What agents need to know of a pod that runs on another node.")
@Group("retina.sh")
@Version("v1alpha1")
@Categories("retina")
@ShortNames("ke")
@AdditionalPrinterColumn(
    name = "Pod IP",
    jsonPath = ".spec.podIP",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Referenced By",
    jsonPath = ".spec.ownerReferences",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Node IP",
    jsonPath = ".spec.nodeIP",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
public final class RetinaEndpoint extends CustomResource<RetinaEndpointSpec, RetinaEndpointStatus>
    implements Namespaced {}
