package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** The CRDs, made of the classes of this package. */
final class CrdFiles {
  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(
          Capture.class,
          MetricsConfiguration.class,
          RetinaEndpoint.class,
          TracesConfiguration.class);

  /** Lists in which a value stands once, as in Retina: so server-side apply can merge them. */
  private static final Set<String> SETS =
      Set.of("sourceLabels", "destinationLabels", "additionalLabels", "include", "exclude");

  private static final Set<String> LONGS = Set.of("observedGeneration", "size");

  private CrdFiles() {}

  /** Text by file name. */
  static Map<String, String> all() {
    Map<String, String> files = new TreeMap<>();
    crds()
        .forEach((kind, crd) ->
            files.put(
                "retina.sh_" + crd.getSpec().getNames().getPlural() + ".yaml",
                "# Made of "
                    + kind.getName()
                    + " by CrdFilesTest: ./mvnw test -Dtest=CrdFilesTest -Dretina.docs.write=true\n"
                    + yaml(crd)));
    return files;
  }

  /** What the API server answers by a rule, each once. */
  static Set<String> sentences() {
    Set<String> sentences = new TreeSet<>();
    crds()
        .values()
        .forEach(crd ->
            collect(
                crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema(),
                sentences));
    return sentences;
  }

  private static void collect(JSONSchemaProps schema, Set<String> sentences) {
    if (schema.getXKubernetesValidations() != null) {
      schema.getXKubernetesValidations().forEach(rule -> sentences.add(rule.getMessage()));
    }
    if (schema.getProperties() != null) {
      schema.getProperties().values().forEach(part -> collect(part, sentences));
    }
    if (schema.getItems() != null) {
      collect(schema.getItems().getSchema(), sentences);
    }
  }

  static Map<Class<? extends HasMetadata>, CustomResourceDefinition> crds() {
    try {
      Path directory = Files.createTempDirectory("retina-crd-");
      new CRDGenerator()
          .customResourceClasses(KINDS)
          .forCRDVersions("v1")
          .inOutputDir(directory.toFile())
          .generate();
      Map<Class<? extends HasMetadata>, CustomResourceDefinition> crds = new LinkedHashMap<>();
      for (Class<? extends HasMetadata> kind : KINDS) {
        Path file = directory.resolve(HasMetadata.getFullResourceName(kind) + "-v1.yml");
        CustomResourceDefinition crd =
            Serialization.unmarshal(Files.readString(file), CustomResourceDefinition.class);
        complete(kind, crd);
        crds.put(kind, crd);
        Files.delete(file);
      }
      Files.delete(directory);
      return crds;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void complete(Class<? extends HasMetadata> kind, CustomResourceDefinition crd) {
    List<String> columns =
        Arrays.stream(kind.getAnnotationsByType(AdditionalPrinterColumn.class))
            .map(AdditionalPrinterColumn::name)
            .toList();
    for (CustomResourceDefinitionVersion version : crd.getSpec().getVersions()) {
      version
          .getAdditionalPrinterColumns()
          .sort(Comparator.comparingInt(column -> columns.indexOf(column.getName())));
      JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
      for (JsonClassDescription said : kind.getAnnotationsByType(JsonClassDescription.class)) {
        root.setDescription(said.value());
      }
      if (kind != RetinaEndpoint.class) {
        root.setRequired(List.of("spec"));
      }
      complete("", root);
      if (kind == MetricsConfiguration.class) {
        sets("", root);
      }
      // Checked where it was written; again would double what the API server lets rules cost.
      root.getProperties()
          .forEach((name, part) -> {
            if (name.equals("status")) {
              withoutRules(part);
            }
          });
    }
  }

  /** What annotations cannot say. */
  private static void complete(String name, JSONSchemaProps schema) {
    if (schema.getXKubernetesValidations() != null) {
      // The generator finds what stands at a component of a record twice.
      schema.setXKubernetesValidations(
          List.copyOf(new LinkedHashSet<>(schema.getXKubernetesValidations())));
    }
    if (name.equals("conditions")) {
      schema.setXKubernetesListType("map");
      schema.setXKubernetesListMapKeys(List.of("type"));
      schema
          .getItems()
          .getSchema()
          .setRequired(List.of("lastTransitionTime", "message", "reason", "status", "type"));
    }
    if (name.endsWith("Time")) {
      schema.setFormat("date-time");
    }
    if (LONGS.contains(name)) {
      schema.setFormat("int64");
    }
    if (name.endsWith("Selector")) {
      schema.setXKubernetesMapType("atomic");
      schema.getProperties().forEach(CrdFiles::expressions);
    }
    if (schema.getProperties() != null) {
      schema.getProperties().forEach(CrdFiles::complete);
    }
    if (schema.getItems() != null) {
      complete("", schema.getItems().getSchema());
    }
  }

  private static void expressions(String name, JSONSchemaProps schema) {
    if (name.equals("matchExpressions")) {
      expressions("", schema.getItems().getSchema());
      schema.getItems().getSchema().setRequired(List.of("key", "operator"));
    }
    if (name.equals("operator")) {
      schema.setEnum(
          Stream.of("In", "NotIn", "Exists", "DoesNotExist")
              .<JsonNode>map(TextNode::valueOf)
              .toList());
    }
    if (schema.getProperties() != null) {
      schema.getProperties().forEach(CrdFiles::expressions);
    }
  }

  private static void sets(String name, JSONSchemaProps schema) {
    if (SETS.contains(name)) {
      schema.setXKubernetesListType("set");
    }
    if (schema.getProperties() != null) {
      schema.getProperties().forEach(CrdFiles::sets);
    }
    if (schema.getItems() != null) {
      sets("", schema.getItems().getSchema());
    }
  }

  private static void withoutRules(JSONSchemaProps schema) {
    schema.setXKubernetesValidations(List.of());
    if (schema.getProperties() != null) {
      schema.getProperties().values().forEach(CrdFiles::withoutRules);
    }
    if (schema.getItems() != null) {
      withoutRules(schema.getItems().getSchema());
    }
  }

  /** Without quotes where YAML needs none. */
  private static String yaml(CustomResourceDefinition crd) {
    return new Dump(
            DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setUseUnicodeEncoding(true)
                .setWidth(120)
                .build())
        .dumpToString(Serialization.unmarshal(Serialization.asJson(crd), Map.class));
  }
}
