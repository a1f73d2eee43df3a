package sh.retina.operator;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.core.SpringProperties;
import sh.retina.cli.Console;

/** The role {@code operator}: two or three processes in a cluster, of which one leads. */
public final class Operator {
  private Operator() {}

  /** Runs until the process is told to stop. */
  public static void run(String[] arguments) {
    // What the build prepares ahead of time are the agent's beans.
    SpringProperties.setProperty("spring.aot.enabled", "false");
    SpringApplication application = new SpringApplication(OperatorConfiguration.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setBannerMode(Banner.Mode.OFF);
    application.setLogStartupInfo(false);
    application.setAdditionalProfiles("operator");
    try {
      application.run(arguments);
    } catch (RuntimeException e) {
      Console.complain(e);
      System.exit(1);
    }
  }
}
