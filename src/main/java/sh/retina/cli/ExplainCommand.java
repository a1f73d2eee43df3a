package sh.retina.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import sh.retina.cli.explain.Diagnose;
import sh.retina.cli.explain.Diagnosis;
import sh.retina.cli.explain.Evidence;
import sh.retina.cli.explain.Finding;
import sh.retina.cli.explain.Question;
import sh.retina.cli.explain.Resolver;
import sh.retina.cli.explain.Seen;
import sh.retina.cli.explain.Target;
import sh.retina.event.SafeText;
import tools.jackson.databind.json.JsonMapper;

/** Why one thing cannot reach another, with what shows it. */
@Command(
    name = "explain",
    description = "Says why SRC cannot reach DST, from what Kubernetes and the agents know.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "An end is [pod/|svc/][NAMESPACE/]NAME[:PORT], an address, or a DNS name.",
      "Exit code 0: it works, or it does not and the reason was found; 1: it cannot be told.",
      "Examples:",
      "  kubectl retina explain shop/web svc/shop/db:5432",
      "  kubectl retina explain shop/web api.example.com:443 --at 10m",
      "  retina explain 10.0.0.7 10.0.0.9:53 --protocol udp --agent http://127.0.0.1:10093"
    })
final class ExplainCommand implements Callable<Integer> {
  private static final Pattern AGO = Pattern.compile("([0-9]{1,6})([smhd])");

  @Mixin private AgentOptions agents = new AgentOptions();

  @Parameters(index = "0", paramLabel = "SRC", description = "Who asks: a pod or an address.")
  private String source = "";

  @Parameters(
      index = "1",
      paramLabel = "DST[:PORT]",
      description = "Whom: a pod, a Service, an address or a DNS name.")
  private String destination = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "Of what is given without one. Default: default.")
  private String namespace = "default";

  @Option(
      names = "--protocol",
      paramLabel = "NAME",
      description = "tcp, udp or icmp. Default: tcp.")
  private Protocol protocol = Protocol.TCP;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "As it was then, from the agents' journals: 10m (ago), or a date.")
  private @Nullable String at;

  @Option(
      names = "--window",
      paramLabel = "TIME",
      description = "How long before that counts. Default: 5m.")
  private String window = "5m";

  @Option(
      names = {"-o", "--output"},
      description = "text or json. Default: text.")
  private Format format = Format.TEXT;

  enum Format {
    TEXT,
    JSON
  }

  enum Protocol {
    TCP,
    UDP,
    ICMP
  }

  @Override
  public Integer call() {
    Instant until = at == null ? InstantSource.system().instant() : time(at, "--at");
    Instant from = until.minus(duration(window, "--window"));
    Diagnosis diagnosis = Diagnose.of(gather(from, until));
    Console.answer(
        format == Format.JSON
            ? JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(diagnosis)
            : text(diagnosis));
    return diagnosis.answer() == Diagnosis.Answer.CANNOT_TELL ? 1 : 0;
  }

  private Evidence gather(Instant from, Instant until) {
    KubernetesClient client = agents.cluster();
    try (client;
        Agents open = agents.open()) {
      Resolver.Resolved resolved =
          new Resolver(client)
              .resolve(
                  Target.parse(source, namespace),
                  Target.parse(destination, namespace),
                  protocol.name().toLowerCase(Locale.ROOT));
      FlowEvidence flows = new FlowEvidence(open, from, until);
      flows.askForPlugins();
      Question question = resolved.question();
      if (!question.name().isEmpty()) {
        flows.askForNames(question.sourceAddresses());
        question = withNames(question, flows.seen());
      }
      question = during(question, from, until);
      flows.askForTraffic(question);
      Set<String> watched = on(resolved, flows.nodes());
      Set<String> telling = on(resolved, flows.socketNodes());
      List<String> gaps = new ArrayList<>(resolved.gaps());
      gaps.addAll(flows.gaps());
      return new Evidence(question, flows.seen(), resolved.objects(), gaps, watched, telling);
    } catch (IllegalArgumentException e) {
      throw CliException.usage(String.valueOf(e.getMessage()));
    }
  }

  private static Set<String> on(Resolver.Resolved resolved, Set<String> nodes) {
    Set<String> found = new HashSet<>();
    resolved
        .nodeOf()
        .forEach((address, node) -> {
          if (nodes.contains(node)) {
            found.add(address);
          }
        });
    return found;
  }

  /** The addresses that the source learnt by this name are those that it tries. */
  private static Question withNames(Question question, List<Seen> seen) {
    Set<String> addresses = new HashSet<>(question.destinationAddresses());
    String whole = question.name().endsWith(".") ? question.name() : question.name() + ".";
    seen.stream()
        .filter(one -> one.dnsName().startsWith(whole))
        .forEach(one -> addresses.addAll(one.dnsAddresses()));
    return new Question(
        question.source(),
        question.sourceAddresses(),
        question.destination(),
        addresses,
        question.name(),
        question.port(),
        question.ports(),
        question.protocol(),
        null,
        null);
  }

  private static Question during(Question question, Instant from, Instant until) {
    return new Question(
        question.source(),
        question.sourceAddresses(),
        question.destination(),
        question.destinationAddresses(),
        question.name(),
        question.port(),
        question.ports(),
        question.protocol(),
        from,
        until);
  }

  private static String text(Diagnosis diagnosis) {
    StringBuilder text = new StringBuilder();
    text.append(
        switch (diagnosis.answer()) {
          case WORKS -> "WORKS: ";
          case DOES_NOT_WORK -> "DOES NOT WORK: ";
          case CANNOT_TELL -> "CANNOT TELL: ";
        });
    text.append(diagnosis.sentence());
    for (Finding finding : diagnosis.findings()) {
      text.append("\n\n");
      boolean isFirst = finding.equals(diagnosis.findings().getFirst());
      text.append(
          diagnosis.answer() == Diagnosis.Answer.WORKS ? "odd: " : isFirst ? "cause: " : "also: ");
      text.append(finding.cause().name().toLowerCase(Locale.ROOT).replace('_', '-'));
      text.append(": ").append(finding.sentence());
      proofs(text, finding.proofs());
      text.append("\n  remedy: ").append(finding.remedy());
    }
    if (!diagnosis.proofs().isEmpty()) {
      text.append("\n");
      proofs(text, diagnosis.proofs());
    }
    return text.toString()
        .lines()
        .map(line -> SafeText.TEXT.of(line, 1_000))
        .collect(java.util.stream.Collectors.joining("\n"));
  }

  private static void proofs(StringBuilder text, List<Finding.Proof> proofs) {
    for (Finding.Proof proof : proofs) {
      Instant time = proof.time();
      text.append("\n  ").append(time == null ? "now" : time).append("  ").append(proof.text());
    }
  }

  private static Instant time(String text, String option) {
    if (AGO.matcher(text).matches()) {
      return InstantSource.system().instant().minus(duration(text, option));
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw CliException.usage(
          option + " " + text + ": must be such as 10m, or 2026-01-31T12:00:00Z");
    }
  }

  private static Duration duration(String text, String option) {
    Matcher ago = AGO.matcher(text);
    if (!ago.matches()) {
      throw CliException.usage(option + " " + text + ": must be such as 30s, 5m, 2h or 1d");
    }
    long number = Long.parseLong(ago.group(1));
    return switch (ago.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
