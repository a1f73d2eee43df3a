package sh.retina.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
  private static final int LONGEST_LINE = 1_000;

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
      paramLabel = "FORMAT",
      description = "text, table (a cause a line), wide (with its remedy), json or yaml.")
  private Format format = Format.TEXT;

  enum Format {
    TEXT,
    TABLE,
    WIDE,
    JSON,
    YAML
  }

  enum Protocol {
    TCP,
    UDP,
    ICMP
  }

  @Override
  public Integer call() {
    Instant until = at == null ? InstantSource.system().instant() : Times.instant(at, "--at");
    Instant from = until.minus(Times.duration(window, "--window"));
    Diagnosis diagnosis = Diagnose.of(gather(from, until));
    switch (format) {
      case TEXT -> Console.answer(colour(diagnosis), text(diagnosis));
      case TABLE -> Console.answer(table(diagnosis, false), false);
      case WIDE -> Console.answer(table(diagnosis, true), true);
      case JSON -> Console.answer(Output.text(Output.Format.JSON, diagnosis));
      case YAML -> Console.answer(Output.text(Output.Format.YAML, diagnosis));
    }
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

  private static Colour colour(Diagnosis diagnosis) {
    return switch (diagnosis.answer()) {
      case WORKS -> Colour.GREEN;
      case DOES_NOT_WORK -> Colour.RED;
      case CANNOT_TELL -> Colour.YELLOW;
    };
  }

  private static Table table(Diagnosis diagnosis, boolean isWide) {
    Table table =
        isWide
            ? new Table("ANSWER", "CAUSE", "WHAT", "REMEDY")
            : new Table("ANSWER", "CAUSE", "WHAT");
    String answer = word(diagnosis.answer());
    String[] whole = {answer, "-", safe(diagnosis.sentence()), "-"};
    table.add(colour(diagnosis), Arrays.copyOf(whole, isWide ? 4 : 3));
    for (Finding finding : diagnosis.findings()) {
      String[] one = {"", word(finding.cause()), safe(finding.sentence()), safe(finding.remedy())};
      table.add(Arrays.copyOf(one, isWide ? 4 : 3));
    }
    return table;
  }

  private static String safe(String text) {
    return SafeText.TEXT.of(text, LONGEST_LINE);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
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
      text.append(word(finding.cause()));
      text.append(": ").append(finding.sentence());
      proofs(text, finding.proofs());
      text.append("\n  remedy: ").append(finding.remedy());
    }
    if (!diagnosis.proofs().isEmpty()) {
      text.append("\n");
      proofs(text, diagnosis.proofs());
    }
    return text.toString().lines().map(ExplainCommand::safe).collect(Collectors.joining("\n"));
  }

  private static void proofs(StringBuilder text, List<Finding.Proof> proofs) {
    for (Finding.Proof proof : proofs) {
      Instant time = proof.time();
      text.append("\n  ").append(time == null ? "now" : time).append("  ").append(proof.text());
    }
  }
}
