package sh.retina.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sh.retina.cli.capture.CaptureCommand;
import sh.retina.cli.shell.ShellCommand;

/**
 * What a person asks of agents: {@code kubectl retina} and {@code retina}. No Spring: each command
 * is there in a fraction of a second. Exit codes: 0 done, 1 failed, 2 wrong usage.
 */
@Command(
    name = "retina",
    description = "Asks the agents of a cluster, or one by its address.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.class,
    footer = {
      "",
      "Roles on a node: agent, operator, capture-worker, preflight, config view, config validate",
      "(retina ROLE; docs/configuration.md).",
      "Exit codes: 0 done, 1 failed, 2 wrong usage."
    })
public final class Cli implements Runnable {
  private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("status", StatusCommand::new);
    COMMANDS.put("observe", ObserveCommand::new);
    COMMANDS.put("capture", CaptureCommand::new);
    COMMANDS.put("explain", ExplainCommand::new);
    COMMANDS.put("top", TopCommand::new);
    COMMANDS.put("trace", TraceCommand::new);
    COMMANDS.put("shell", ShellCommand::new);
    COMMANDS.put("cardinality", CardinalityCommand::new);
    COMMANDS.put("version", VersionCommand::new);
    COMMANDS.put("completion", CompletionCommand::new);
    COMMANDS.put("train", TrainCommand::new);
    COMMANDS.put("help", CommandLine.HelpCommand::new);
  }

  /** Those that look at all the others. */
  private static final Set<String> CURIOUS = Set.of("completion", "help");

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Runs one command; its exit code. */
  public static int execute(String... arguments) {
    CommandLine line = commands(arguments.length == 0 ? "" : arguments[0]);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((fault, _, _) -> {
      if (fault instanceof CliException known) {
        Console.complain(String.valueOf(known.getMessage()));
        return known.exitCode();
      }
      Console.complain(fault);
      return 1;
    });
    line.setParameterExceptionHandler((fault, _) -> {
      CommandLine asked = fault.getCommandLine();
      Console.complain(
          fault.getMessage() + "\nSee: " + asked.getCommandSpec().qualifiedName() + " --help");
      return 2;
    });
    return line.execute(arguments);
  }

  /** The one that is asked for, as reading what each can do takes time; else all of them. */
  public static CommandLine commands(String asked) {
    CommandLine line = new CommandLine(new Cli());
    boolean isOne = COMMANDS.containsKey(asked) && !CURIOUS.contains(asked);
    COMMANDS.forEach((name, command) -> {
      if (!isOne || name.equals(asked)) {
        line.addSubcommand(command.get());
      }
    });
    return line;
  }

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
