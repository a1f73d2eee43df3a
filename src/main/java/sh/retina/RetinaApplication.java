package sh.retina;

import java.util.Arrays;
import java.util.List;
import sh.retina.agent.Agent;
import sh.retina.agent.ConfigRole;
import sh.retina.agent.PreflightRole;
import sh.retina.capture.CaptureWorker;
import sh.retina.cli.Cli;
import sh.retina.operator.Operator;

/** The program: the first argument is the role, or what is asked of agents. */
public final class RetinaApplication {
  private RetinaApplication() {}

  public static void main(String[] arguments) {
    List<String> words = Arrays.asList(arguments);
    String role = words.isEmpty() ? "" : words.getFirst();
    if (!role.equals("agent") && !role.equals("operator")) {
      // Before the first logger: these two log by Spring, a command without a word on its output.
      System.setProperty("logback.configurationFile", "logback-command.xml");
    }
    switch (role) {
      case "agent" -> Agent.run(arguments);
      case "operator" -> Operator.run(arguments);
      case "capture-worker" -> System.exit(CaptureWorker.run(arguments));
      case "config" -> System.exit(ConfigRole.run(arguments));
      case "preflight" -> System.exit(PreflightRole.run(arguments));
      default -> System.exit(Cli.execute(arguments));
    }
  }
}
