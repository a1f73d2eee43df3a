package sh.retina.cli.capture;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What there is for captures. */
@Command(
    name = "capture",
    description = "Records packets of nodes and pods into files, or shows them live.",
    subcommands = {
      CreateCommand.class,
      ListCommand.class,
      DeleteCommand.class,
      DownloadCommand.class,
      StreamCommand.class,
      PodSide.Hold.class,
      PodSide.Send.class
    },
    mixinStandardHelpOptions = true,
    footer = {"", "See docs/captures.md."})
public final class CaptureCommand implements Runnable {
  /** What a capture is called where nobody names it. */
  static final String NAME = "retina-capture";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which one: create, list, delete, download or stream?");
  }
}
