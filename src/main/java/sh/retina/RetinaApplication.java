package sh.retina;

import java.util.Arrays;
import java.util.List;
import sh.retina.agent.Agent;
import sh.retina.agent.PreflightRole;
import sh.retina.cli.Console;
import sh.retina.operator.Operator;

/** The program: the first argument is the role. */
public final class RetinaApplication {
  private static final String USAGE =
      """
      usage: retina agent [--retina.KEY=VALUE ...]   watch this node: metrics and flows on port 10093
             retina agent --retina.replay=DIR        read a recorded journal instead of a kernel
             retina operator [--retina.operator.KEY=VALUE ...]   custom resources of a cluster; health on port 8080
             retina preflight [-o json]              what of it works on this kernel; attaches nothing
      Configuration: docs/configuration.md
      """;

  private RetinaApplication() {}

  public static void main(String[] arguments) {
    List<String> words = Arrays.asList(arguments);
    switch (words.isEmpty() ? "" : words.getFirst()) {
      case "agent" -> Agent.run(arguments);
      case "operator" -> Operator.run(arguments);
      case "preflight" -> System.exit(PreflightRole.run(arguments));
      case "help", "--help", "-h" -> Console.answer(USAGE);
      case String role -> {
        Console.complain((role.isEmpty() ? "" : "no such role: '" + role + "'\n") + USAGE);
        System.exit(2);
      }
    }
  }
}
