package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import tools.jackson.core.JsonParser;

/** An object while it is read: metadata, and the fields that its kind keeps. Not thread-safe. */
abstract class Draft {
  final Meta meta = new Meta();

  /** Of a Status, which a server sends in place of an object to say what went wrong. */
  int code;

  String message = "";

  /** Reads the object that the parser stands at. */
  Draft read(JsonParser parser) {
    JsonFields.of(
        parser,
        (name, p) -> {
          switch (name) {
            case "metadata" -> meta.read(p);
            case "code" -> code = p.getValueAsInt(0);
            case "message" -> message = JsonFields.text(p);
            default -> field(name, p);
          }
        });
    return this;
  }

  abstract void field(String name, JsonParser parser);

  abstract ClusterObject finish(Interner interner);

  final Endpoint endpoint(
      Endpoint.Kind kind,
      UUID uid,
      Workloads owner,
      String node,
      List<IpAddress> addresses,
      Interner interner) {
    return new Endpoint(
        uid.getMostSignificantBits(),
        uid.getLeastSignificantBits(),
        kind,
        interner.one(meta.namespace),
        meta.name,
        interner.one(owner.kind()),
        interner.one(owner.name()),
        interner.one(node),
        "",
        interner.one(meta.labels),
        List.of(),
        List.of(),
        addresses,
        List.of());
  }

  /** Adds an address that is one; a server may have none to tell yet. */
  static void address(String text, List<IpAddress> to) {
    address(text).filter(address -> !to.contains(address)).ifPresent(to::add);
  }

  /** Adds the addresses of a list of objects that have one in a field each. */
  static void addresses(JsonParser list, String field, List<IpAddress> to) {
    JsonFields.items(
        list,
        item ->
            JsonFields.of(
                item,
                (name, p) -> {
                  if (name.equals(field)) {
                    address(JsonFields.text(p), to);
                  }
                }));
  }

  static Optional<IpAddress> address(String text) {
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(IpAddress.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static List<String> texts(JsonParser parser) {
    List<String> all = new ArrayList<>();
    JsonFields.items(parser, p -> all.add(JsonFields.text(p)));
    return all;
  }
}
