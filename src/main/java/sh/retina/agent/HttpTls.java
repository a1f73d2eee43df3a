package sh.retina.agent;

import java.io.File;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import sh.retina.event.SafeText;

/**
 * TLS of the HTTP server, where {@code retina.http.tls} names files: in Boot's words, which follow
 * the files when they change. Without them nothing of it is loaded.
 */
final class HttpTls implements EnvironmentPostProcessor {
  private static final String STORE = "spring.ssl.bundle.pem.http.keystore.";

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    String certificate;
    String key;
    try {
      certificate = environment.getProperty("retina.http.tls.certificate", "");
      key = environment.getProperty("retina.http.tls.key", "");
    } catch (IllegalArgumentException e) {
      return; // a placeholder that nothing resolves: ConfigurationCheck says so
    }
    if (certificate.isEmpty() || key.isEmpty()) {
      return;
    }
    requireReadable("certificate", certificate);
    requireReadable("key", key);
    environment
        .getPropertySources()
        .addLast(
            new MapPropertySource(
                "retina.http.tls",
                Map.of(
                    "server.ssl.bundle",
                    "http",
                    STORE + "certificate",
                    "file:" + certificate,
                    STORE + "private-key",
                    "file:" + key,
                    "spring.ssl.bundle.pem.http.reload-on-update",
                    "true",
                    "spring.ssl.bundle.pem.http.options.enabled-protocols",
                    "TLSv1.3,TLSv1.2")));
  }

  private static void requireReadable(String name, String file) {
    if (!new File(file).canRead()) {
      throw new StartupException(
          2,
          "the configuration has faults:\n  retina.http.tls."
              + name
              + ": '"
              + SafeText.TEXT.of(file)
              + "' must be a file that can be read");
    }
  }
}
