package sh.retina.operator;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.TracesConfigurationSpec;

/** What a TracesConfiguration must be so that agents can follow it, beyond what its schema says. */
final class TracesRules {
  /** A filter of an agent holds each port by itself. */
  private static final int MOST_PORTS = 1_024;

  private TracesRules() {}

  /** What is wrong and what to write instead; null if nothing is. */
  static @Nullable String fault(TracesConfigurationSpec spec) {
    List<@Nullable String> faults = new ArrayList<>();
    faults.add(output(spec.outputConfiguration()));
    for (TracesConfigurationSpec.Trace trace : spec.traceConfiguration()) {
      for (TracesConfigurationSpec.Target target : trace.traceTargets()) {
        faults.add(side("from", target.from()));
        faults.add(side("to", target.to()));
        if (target.ports() != null) {
          target.ports().forEach(port -> faults.add(port(port)));
        }
      }
    }
    return faults.stream().filter(Objects::nonNull).findFirst().orElse(null);
  }

  private static @Nullable String output(TracesConfigurationSpec.Output output) {
    return switch (output.destination()) {
      case "stdout" -> null;
      case "opentelemetry" ->
          isUrl(output.connectionConfiguration())
              ? null
              : "connectionConfiguration must be the URL of a collector that takes OTLP over HTTP:"
                  + " http://HOST:4318/v1/logs";
      default ->
          "destination "
              + output.destination()
              + " is not supported: use stdout, or opentelemetry with a collector that passes flows"
              + " on";
    };
  }

  private static boolean isUrl(String text) {
    try {
      URI url = URI.create(text);
      return url.getHost() != null && List.of("http", "https").contains(url.getScheme());
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static @Nullable String side(String name, TracesConfigurationSpec.@Nullable Side side) {
    if (side == null) {
      return null;
    }
    if (asksForLabels(side.nodeSelector())) {
      return name + ".nodeSelector with labels is not supported: write {} for any node, or ipBlock";
    }
    if (asksForLabels(side.serviceSelector())) {
      return name
          + ".serviceSelector with labels is not supported: write {} for any Service, or select the"
          + " pods behind it";
    }
    if (side.ipBlock() != null) {
      List<String> prefixes = new ArrayList<>();
      if (side.ipBlock().cidr() != null) {
        prefixes.add(side.ipBlock().cidr());
      }
      if (side.ipBlock().except() != null) {
        prefixes.addAll(side.ipBlock().except());
      }
      for (String prefix : prefixes) {
        if (!isPrefix(prefix)) {
          return name + ".ipBlock: not a prefix such as 10.0.0.0/8: " + prefix;
        }
      }
    }
    return null;
  }

  private static boolean asksForLabels(@Nullable LabelSelector selector) {
    return selector != null
        && (selector.getMatchLabels() != null && !selector.getMatchLabels().isEmpty()
            || selector.getMatchExpressions() != null && !selector.getMatchExpressions().isEmpty());
  }

  private static boolean isPrefix(String text) {
    int slash = text.indexOf('/');
    try {
      int bits =
          InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash)).getAddress().length
              * Byte.SIZE;
      int length = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
      return length >= 0 && length <= bits;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static @Nullable String port(TracesConfigurationSpec.Port port) {
    int first = number(port.port());
    int last = port.endPort() == null ? first : number(port.endPort());
    return last - first < MOST_PORTS
        ? null
        : "ports from "
            + first
            + " to "
            + last
            + " are more than "
            + MOST_PORTS
            + ": leave ports out for all, or name fewer";
  }

  private static int number(IntOrString port) {
    return port.getIntVal() == null ? Integer.parseInt(port.getStrVal()) : port.getIntVal();
  }
}
