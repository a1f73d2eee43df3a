package sh.retina.helm;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the chart makes of some values. */
public record Rendered(List<HasMetadata> objects) {
  static final Path SAMPLES = Path.of("src/test/resources/helm");

  /** Of a release {@code retina} in the namespace {@code retina}, with more words for Helm. */
  public static Rendered of(Helm helm, String... words) {
    List<String> all =
        new ArrayList<>(
            List.of("template", "retina", Helm.CHART.toString(), "--namespace", "retina"));
    all.addAll(List.of(words));
    String text = helm.run(all.toArray(String[]::new)).orFail();
    return new Rendered(
        Arrays.stream(text.split("(?m)^---$", -1))
            .filter(document -> document.contains("kind:"))
            .map(document -> (HasMetadata) Serialization.unmarshal(document))
            .toList());
  }

  /** The files of values that the chart takes. */
  public static Stream<Path> accepted() {
    return samples("accepted");
  }

  static Stream<Path> refused() {
    return samples("refused");
  }

  private static Stream<Path> samples(String directory) {
    try (Stream<Path> files = Files.list(SAMPLES.resolve(directory))) {
      return files.sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one of this kind with this name; empty if there is none. */
  public <T extends HasMetadata> Optional<T> find(Class<T> kind, String name) {
    return objects.stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .filter(object -> object.getMetadata().getName().equals(name))
        .findFirst();
  }

  /** What the agents are. */
  public DaemonSet agents() {
    return find(DaemonSet.class, "retina-agent").orElseThrow();
  }

  public Container agent() {
    return agents().getSpec().getTemplate().getSpec().getContainers().getFirst();
  }

  /**
   * What a pod's first container says to the program after the role, with the files of the volume
   * {@code config} in a directory of the test's.
   */
  public List<String> settings(PodSpec pod, Path directory) {
    configuration(pod, directory);
    List<String> words =
        new ArrayList<>(List.of("--retina.config-file=" + directory + "/config.yaml"));
    pod.getContainers().getFirst().getArgs().stream()
        .skip(1)
        .map(word -> word.replace("file:/retina/config/", "file:" + directory + "/"))
        .forEach(words::add);
    return words;
  }

  private void configuration(PodSpec pod, Path directory) {
    String name =
        pod.getVolumes().stream()
            .filter(volume -> volume.getName().equals("config"))
            .findFirst()
            .orElseThrow()
            .getConfigMap()
            .getName();
    find(ConfigMap.class, name)
        .orElseThrow()
        .getData()
        .forEach((file, text) -> {
          try {
            Files.writeString(directory.resolve(file), text);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** The operator's container. */
  Container operator() {
    return find(Deployment.class, "retina-operator")
        .orElseThrow()
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .getFirst();
  }

  /** All pods that the objects make. */
  public List<PodSpec> pods() {
    return templates().stream().map(PodTemplateSpec::getSpec).toList();
  }

  List<PodTemplateSpec> templates() {
    return objects.stream()
        .flatMap(object ->
            switch (object) {
              case DaemonSet set -> Stream.of(set.getSpec().getTemplate());
              case Deployment deployment -> Stream.of(deployment.getSpec().getTemplate());
              default -> Stream.empty();
            })
        .toList();
  }
}
