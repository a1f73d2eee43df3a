package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which labels say whose traffic a series counts. Immutable.
 *
 * @param labels in the order that they are shown in
 * @param podLabels keys of Kubernetes labels that pods have, shown after those
 */
public record ContextChoice(Set<ContextLabel> labels, List<String> podLabels) {
  private static final String POD_LABEL = "podlabel/";
  private static final int MAX_POD_LABELS = 8;

  /** As Kubernetes has them: a name, perhaps with a domain before it. */
  private static final Pattern KEY =
      Pattern.compile(
          "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([\\w.-]{0,61}[A-Za-z0-9])?");

  public ContextChoice {
    EnumSet<ContextLabel> copy = EnumSet.noneOf(ContextLabel.class);
    copy.addAll(labels);
    labels = Collections.unmodifiableSet(copy);
    podLabels = List.copyOf(podLabels);
    if (podLabels.size() > MAX_POD_LABELS) {
      throw new IllegalArgumentException("more than " + MAX_POD_LABELS + " pod labels");
    }
    Set<String> names = new HashSet<>();
    for (String key : podLabels) {
      if (!KEY.matcher(key).matches()) {
        throw new IllegalArgumentException("no key of a Kubernetes label: '" + key + "'");
      }
      if (!names.add(labelName(key))) {
        throw new IllegalArgumentException("two pod labels would be " + labelName(key));
      }
    }
  }

  /** Without labels of pods. */
  public ContextChoice(Set<ContextLabel> labels) {
    this(labels, List.of());
  }

  /**
   * Reads {@code namespace+podname+podlabel/app}; of the order only that of the pod labels matters.
   *
   * @throws IllegalArgumentException that names what is not a choice, and the choices
   */
  public static ContextChoice parse(String text) {
    EnumSet<ContextLabel> labels = EnumSet.noneOf(ContextLabel.class);
    List<String> podLabels = new ArrayList<>();
    for (String word : text.split("\\+", -1)) {
      String trimmed = word.trim();
      if (trimmed.startsWith(POD_LABEL)) {
        podLabels.add(trimmed.substring(POD_LABEL.length()));
      } else {
        labels.addAll(ContextLabel.parse(trimmed));
      }
    }
    return new ContextChoice(labels, podLabels);
  }

  boolean contains(ContextLabel label) {
    return labels.contains(label);
  }

  boolean isEmpty() {
    return labels.isEmpty() && podLabels.isEmpty();
  }

  /** The Prometheus labels in their order, without the prefix of the remote context. */
  public List<String> labelNames() {
    List<String> names = new ArrayList<>();
    labels.forEach(label -> names.addAll(label.labelNames()));
    podLabels.forEach(key -> names.add(labelName(key)));
    return names;
  }

  /** As kube-state-metrics calls them. */
  private static String labelName(String key) {
    return "label_" + key.replaceAll("[^A-Za-z0-9_]", "_");
  }
}
