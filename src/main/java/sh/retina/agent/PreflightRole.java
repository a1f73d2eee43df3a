package sh.retina.agent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.context.reactive.StandardReactiveWebEnvironment;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import sh.retina.bpf.KernelFeatures;
import sh.retina.cli.CliException;
import sh.retina.cli.Console;
import sh.retina.cli.Output;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.Preflight;

/**
 * The role {@code preflight}: what of this build works on this kernel, with these rights and this
 * configuration, before an agent is rolled out. Attaches nothing and starts no server.
 */
public final class PreflightRole {
  private static final String USAGE =
      """
      preflight [-o table|wide|json|yaml] [SETTING …]; settings as for the agent
      e.g. retina preflight --retina.plugins=dns,dropreason -o json\
      """;

  /** One line about the kernel or the process. */
  record Feature(String name, boolean available, String reason) {}

  /**
   * All that is printed.
   *
   * @param enabled names of the plugins that the configuration enables
   */
  record Result(
      String kernel, List<Feature> features, List<String> enabled, List<Preflight.Answer> plugins) {
    /** Whether each enabled plugin would run, with fallbacks perhaps. */
    boolean isReady() {
      return plugins.stream()
          .filter(answer -> enabled.contains(answer.plugin()))
          .allMatch(answer ->
              answer.verdict() == Preflight.Verdict.WORKS
                  || answer.verdict() == Preflight.Verdict.DEGRADED);
    }
  }

  private PreflightRole() {}

  /**
   * Prints the answer. Exit code 0: every enabled plugin would run; 1: one would not; 2: wrong
   * usage or faults in the configuration.
   *
   * @param arguments {@code preflight}, then {@code -o json} and settings as for the agent
   */
  public static int run(String[] arguments) {
    List<String> settings = new ArrayList<>(Arrays.asList(arguments).subList(1, arguments.length));
    if (settings.contains("--help") || settings.contains("-h")) {
      Console.answer(USAGE);
      return 0;
    }
    Output.Format format;
    try {
      format = Output.taken(settings);
    } catch (CliException e) {
      Console.complain("preflight: " + e.getMessage());
      return 2;
    }
    ConfigurableEnvironment environment = new StandardReactiveWebEnvironment();
    environment
        .getPropertySources()
        .addFirst(new SimpleCommandLinePropertySource(settings.toArray(String[]::new)));
    ConfigDataEnvironmentPostProcessor.applyTo(environment);
    List<String> faults = ConfigurationCheck.faults(environment);
    if (!faults.isEmpty()) {
      Console.complain("the configuration has faults:\n  " + String.join("\n  ", faults));
      return 2;
    }
    Result result =
        check(
            Plugins.of(
                Binder.get(environment).bindOrCreate("retina", RetinaProperties.class),
                environment));
    switch (format) {
      case null -> Console.answer(table(result));
      case TABLE, WIDE -> Console.answer(table(result));
      case JSON, YAML -> Console.answer(Output.text(format, result));
    }
    return result.isReady() ? 0 : 1;
  }

  static Result check(Plugins plugins) {
    return new Result(
        System.getProperty("os.version", ""),
        features(),
        plugins.enabled().stream().map(Plugin::name).toList(),
        plugins.all().stream().map(Preflight::check).toList());
  }

  private static List<Feature> features() {
    List<KernelFeatures.Feature> asked = new ArrayList<>();
    for (KernelFeatures.Capability capability :
        List.of(
            KernelFeatures.Capability.BPF,
            KernelFeatures.Capability.PERFMON,
            KernelFeatures.Capability.NET_ADMIN,
            KernelFeatures.Capability.NET_RAW)) {
      asked.add(KernelFeatures.capability(capability));
    }
    asked.add(KernelFeatures.btf());
    asked.add(KernelFeatures.mapType(KernelFeatures.MapType.RINGBUF));
    asked.add(KernelFeatures.programType(KernelFeatures.ProgramType.SYSCALL));
    asked.add(KernelFeatures.programType(KernelFeatures.ProgramType.KPROBE));
    asked.add(KernelFeatures.tcx());
    boolean kallsyms = Path.of("/proc/kallsyms").toFile().canRead();
    List<Feature> features = new ArrayList<>();
    asked.forEach(one -> features.add(new Feature(one.name(), one.isAvailable(), one.reason())));
    features.add(
        new Feature(
            "kernel symbols",
            kallsyms,
            kallsyms ? "/proc/kallsyms is readable" : "/proc/kallsyms cannot be read"));
    return features;
  }

  private static String table(Result result) {
    StringBuilder text = new StringBuilder();
    text.append("kernel ").append(result.kernel()).append('\n');
    for (Feature feature : result.features()) {
      text.append(line(feature.name(), feature.available() ? "yes" : "no", feature.reason()));
    }
    for (Preflight.Answer answer : result.plugins()) {
      boolean enabled = result.enabled().contains(answer.plugin());
      text.append('\n')
          .append(line(answer.plugin(), answer.verdict().word(), enabled ? "enabled" : ""));
      answer.reasons().forEach(reason -> text.append("    ").append(indented(reason)).append('\n'));
      served(answer)
          .forEach((hook, programs) ->
              text.append(line("  " + hook, programs.isEmpty() ? "none" : "served", programs)));
      for (Preflight.Program program : answer.programs()) {
        text.append(
            line(
                "  " + program.name(),
                program.loads() ? "loads" : "refused",
                indented(program.reason())));
      }
    }
    return text.toString().stripTrailing();
  }

  private static Map<String, String> served(Preflight.Answer answer) {
    Map<String, String> served = new LinkedHashMap<>();
    answer
        .hooks()
        .forEach((hook, programs) ->
            served.put(hook, programs.isEmpty() ? "" : "by " + String.join(", ", programs)));
    return served;
  }

  private static String line(String what, String answer, String more) {
    return String.format(Locale.ROOT, "%-26s %-12s %s", what, answer, more).stripTrailing() + "\n";
  }

  /** What the verifier says may have lines. */
  private static String indented(String text) {
    return text.strip().replace("\n", "\n      ");
  }
}
