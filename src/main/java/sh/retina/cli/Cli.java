package sh.retina.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sh.retina.cli.capture.CaptureCommand;

/**
 * What a person asks of agents: {@code kubectl retina} and {@code retina}. No Spring: each command
 * is there in a fraction of a second. Exit codes: 0 done, 1 failed, 2 wrong usage.
 */
@Command(
    name = "retina",
    description = "Asks the agents of a cluster, or one by its address.",
    subcommands = {
      StatusCommand.class,
      ObserveCommand.class,
      CaptureCommand.class,
      ExplainCommand.class,
      TopCommand.class,
      TraceCommand.class,
      CardinalityCommand.class,
      VersionCommand.class,
      CompletionCommand.class,
      TrainCommand.class,
      CommandLine.HelpCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.class,
    footer = {
      "",
      "Roles on a node: agent, operator, capture-worker, preflight, config view, config validate",
      "(retina ROLE; docs/configuration.md).",
      "Exit codes: 0 done, 1 failed, 2 wrong usage."
    })
public final class Cli implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** Runs one command; its exit code. */
  public static int execute(String... arguments) {
    CommandLine line = new CommandLine(new Cli());
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

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
