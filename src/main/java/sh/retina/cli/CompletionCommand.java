package sh.retina.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Words for the Tab key. */
@Command(
    name = "completion",
    description = "Prints completion for bash and zsh: source <(retina completion)")
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    Console.answer(AutoComplete.bash("retina", spec.root().commandLine()));
  }
}
