package sh.retina.flow;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sh.retina.flow.proto.Flow;

/**
 * A field mask of the Hubble API: which fields of a flow are wanted, by paths such as {@code
 * source.identity}. A message that a path leads through is always there, even if empty. Immutable
 * and thread-safe.
 */
public final class FlowMask {
  /** Every field. */
  public static final FlowMask ALL = new FlowMask(List.of());

  /** A wanted field, with what is wanted of it; whole if nothing is said. */
  private record Node(FieldDescriptor field, List<Node> below) {}

  /** While it is built: a field without entries is wanted whole. */
  private static final class Tree {
    private final Map<FieldDescriptor, Tree> below = new LinkedHashMap<>();
    private boolean isWhole;
  }

  private final List<Node> wanted;

  private FlowMask(List<Node> wanted) {
    this.wanted = wanted;
  }

  /** Throws IllegalArgumentException with Hubble's words if there is no such path. */
  public static FlowMask of(List<String> paths) {
    Tree root = new Tree();
    for (String path : paths) {
      add(root, path);
    }
    return paths.isEmpty() ? ALL : new FlowMask(nodes(root));
  }

  private static void add(Tree root, String path) {
    Tree at = root;
    Descriptor type = Flow.getDescriptor();
    for (String name : path.split("\\.", -1)) {
      FieldDescriptor field = type == null ? null : type.findFieldByName(name);
      if (field == null) {
        throw new IllegalArgumentException("invalid fieldmask");
      }
      at = at.below.computeIfAbsent(field, _ -> new Tree());
      boolean isMessage =
          field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated();
      type = isMessage ? field.getMessageType() : null;
    }
    at.isWhole = true;
  }

  private static List<Node> nodes(Tree tree) {
    List<Node> nodes = new ArrayList<>();
    tree.below.forEach(
        (field, below) -> nodes.add(new Node(field, below.isWhole ? List.of() : nodes(below))));
    return nodes;
  }

  /** What is wanted of a flow. */
  public Flow apply(Flow flow) {
    if (wanted.isEmpty()) {
      return flow;
    }
    Flow.Builder masked = Flow.newBuilder();
    copy(wanted, flow, masked);
    return masked.build();
  }

  private static void copy(List<Node> wanted, Message from, Message.Builder to) {
    for (Node node : wanted) {
      FieldDescriptor field = node.field();
      if (node.below().isEmpty()) {
        if (field.isRepeated() ? from.getRepeatedFieldCount(field) > 0 : from.hasField(field)) {
          to.setField(field, from.getField(field));
        }
      } else if (field.getRealContainingOneof() == null || from.hasField(field)) {
        // One of several is not made up: it would take the place of the one that is there.
        Message.Builder part = to.newBuilderForField(field);
        copy(node.below(), (Message) from.getField(field), part);
        to.setField(field, part.build());
      }
    }
  }
}
