package sh.retina.kubernetes;

import tools.jackson.core.JsonParser;

/** A Namespace while it is read. */
final class NamespaceDraft extends Draft {
  /** Says the name once more. */
  private static final String NAME_LABEL = "kubernetes.io/metadata.name=";

  @Override
  void field(String name, JsonParser parser) {
    // All that is kept is metadata.
  }

  @Override
  ClusterObject finish(Interner interner) {
    return new ClusterObject.Namespace(
        interner.one(meta.name),
        interner.one(meta.labels.stream().filter(label -> !label.startsWith(NAME_LABEL)).toList()),
        meta.isObserved);
  }
}
