package sh.retina.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Runs each command once in one process, so that an AOT cache knows what they are made of. */
@Command(name = "train", hidden = true, description = "For bin/train.")
final class TrainCommand implements Runnable {
  @Parameters(index = "0", paramLabel = "KUBECONFIG", description = "Of a cluster; any.")
  private String kubeconfig = "";

  @Parameters(index = "1", paramLabel = "URL", description = "Of an agent; any.")
  private String agent = "";

  /** What cannot be reached is said and does not matter. */
  @Override
  public void run() {
    Cli.execute("--help");
    Cli.execute("observe", "--help");
    Cli.execute("version");
    Cli.execute("completion");
    Cli.execute("status", "--agent", agent);
    Cli.execute("status", "--kubeconfig", kubeconfig, "-o", "json");
    Cli.execute("observe", "--agent", agent, "--last", "1");
    Cli.execute("trace", "--agent", agent, "--no-follow");
    Cli.execute("top", "--agent", agent);
    Cli.execute("capture", "list", "--kubeconfig", kubeconfig);
    Cli.execute("shell", "none", "--kubeconfig", kubeconfig);
    Cli.execute("explain", "127.0.0.1", "127.0.0.2:80", "--agent", agent);
    Cli.execute("explain", "a/b", "svc/c/d:80", "--agent", agent, "--kubeconfig", kubeconfig);
  }
}
