package sh.retina.crd;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The page docs/crds.md, made of the CRDs' schemas. */
final class CrdPage {
  private static final String HEAD =
      """
      # Custom resources

      <!-- Made from the records of sh.retina.crd by CrdFilesTest: ./mvnw test -Dtest=CrdFilesTest -Dretina.docs.write=true -->

      Group `retina.sh`, version `v1alpha1`; names and fields are those that users of Retina have. The CRDs are in `helm/retina/crds`:

      ```sh
      kubectl apply --server-side --force-conflicts -f helm/retina/crds
      ```

      They need Kubernetes 1.30 or newer, as their rules ask whether a text is an IP address. What a rule refuses is refused when the object
      is written, with the sentence below. Examples of what is accepted and refused are in `src/test/resources/crd`; a test puts each into a
      real API server.
      """;

  private final StringBuilder text = new StringBuilder(HEAD);
  private final Set<String> sentences = new LinkedHashSet<>();

  private CrdPage() {}

  static String text() {
    CrdPage page = new CrdPage();
    CrdFiles.crds().values().forEach(page::kind);
    return page.text.toString();
  }

  private void kind(CustomResourceDefinition crd) {
    CustomResourceDefinitionVersion version = crd.getSpec().getVersions().getFirst();
    JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
    var names = crd.getSpec().getNames();
    text.append("\n## ").append(names.getKind()).append("\n\n").append(root.getDescription());
    text.append(' ').append(crd.getSpec().getScope()).append("; `kubectl get ");
    text.append(
        names.getShortNames() == null || names.getShortNames().isEmpty()
            ? names.getPlural()
            : names.getShortNames().getFirst());
    text.append("` shows ");
    text.append(
        version.getAdditionalPrinterColumns().stream()
            .map(column -> column.getName())
            .collect(Collectors.joining(", ")));
    text.append(".\n\n| field | type | |\n|---|---|---|\n");
    sentences.clear();
    root.getProperties().forEach((name, part) -> fields(name, part));
    if (!sentences.isEmpty()) {
      text.append("\nRefused with:\n");
      sentences.forEach(sentence -> text.append("- ").append(sentence).append('\n'));
    }
  }

  private void fields(String path, JSONSchemaProps schema) {
    if (schema.getXKubernetesValidations() != null) {
      schema.getXKubernetesValidations().forEach(rule -> sentences.add(rule.getMessage()));
    }
    JSONSchemaProps items = schema.getItems() == null ? null : schema.getItems().getSchema();
    String shown = items == null ? path : path + "[]";
    if (path.contains(".") && !path.contains("matchExpressions") && !path.contains("matchLabels")) {
      row(shown, schema, items);
    }
    Map<String, JSONSchemaProps> parts =
        items == null ? schema.getProperties() : items.getProperties();
    if (items != null && items.getXKubernetesValidations() != null) {
      items.getXKubernetesValidations().forEach(rule -> sentences.add(rule.getMessage()));
    }
    if (parts != null && !path.endsWith("Selector") && !path.endsWith("lastKnownSpec")) {
      parts.forEach((name, part) -> fields(shown + "." + name, part));
    }
  }

  private void row(String path, JSONSchemaProps schema, @Nullable JSONSchemaProps items) {
    String type = items == null ? type(schema) : "list of " + type(items);
    text.append("| `").append(path).append("` | ").append(type).append(" | ");
    if (schema.getDescription() != null) {
      text.append(schema.getDescription().replace("|", "\\|"));
    }
    if (schema.getDefault() != null) {
      text.append(" Default: `").append(schema.getDefault().asText()).append("`.");
    }
    text.append(" |\n");
  }

  private static String type(JSONSchemaProps schema) {
    if (schema.getAdditionalProperties() != null) {
      return "map of strings";
    }
    return schema.getType() == null ? "number or string" : schema.getType();
  }
}
