package sh.retina.agent;

import java.util.List;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.ApplicationListener;
import sh.retina.agent.configmap.ConfigMapException;
import sh.retina.cli.Console;
import sh.retina.journal.JournalException;

/** The role {@code agent}: one process per node. */
public final class Agent {
  private Agent() {}

  /**
   * Runs until the process is told to stop. Exit code 2: faults in the configuration; 1: the agent
   * could not start.
   */
  public static void run(String[] arguments) {
    SpringApplication application = new SpringApplication(AgentConfiguration.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setBannerMode(Banner.Mode.OFF);
    application.setLogStartupInfo(false);
    application.addListeners((ApplicationListener<ApplicationPreparedEvent>) Agent::check);
    try {
      application.run(arguments);
      // Starting filled the heap with what nobody needs again, and without a full collection it
      // stays: all that is allocated later dies young.
      System.gc();
    } catch (SpringApplication.AbandonedRunException e) {
      throw e; // the build only wants to see the context: Spring's processing ahead of time
    } catch (RuntimeException e) {
      System.exit(explain(e));
    }
  }

  /** Says what is wrong on standard error; the exit code. */
  private static int explain(RuntimeException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case StartupException e -> {
          Console.complain(String.valueOf(e.getMessage()));
          return e.exitCode();
        }
        case ConfigMapException e -> {
          Console.complain(String.valueOf(e.getMessage()));
          return 2;
        }
        case JournalException e -> {
          Console.complain(String.valueOf(e.getMessage()));
          return 1;
        }
        case PortInUseException e -> {
          Console.complain(
              "port " + e.getPort() + " is in use: set retina.http.port to a free one");
          return 1;
        }
        default -> {}
      }
    }
    Console.complain(failure);
    return 1;
  }

  private static void check(ApplicationPreparedEvent event) {
    List<String> faults = ConfigurationCheck.faults(event.getApplicationContext().getEnvironment());
    if (!faults.isEmpty()) {
      throw new StartupException(
          2, "the configuration has faults:\n  " + String.join("\n  ", faults));
    }
  }
}
