package sh.retina;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The program: chooses the role by its first argument. */
@SpringBootApplication
public class RetinaApplication {
  public static void main(String[] args) {
    SpringApplication.run(RetinaApplication.class, args);
  }
}
