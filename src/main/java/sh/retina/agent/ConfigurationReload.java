package sh.retina.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.web.context.reactive.StandardReactiveWebEnvironment;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SimpleCommandLinePropertySource;

/**
 * Watches the directories of the configuration files and hands over what they say when that
 * changes, as long as it has no faults. A ConfigMap that is mounted changes by a link in its
 * directory, which shows there too. Its thread {@code configuration} sleeps in the kernel; there is
 * none when no directory is there to watch.
 */
final class ConfigurationReload implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigurationReload.class);

  /** An editor and a kubelet write in several steps. */
  private static final long SETTLE_MS = 200;

  private static final String CONFIG_FILE = "retina.config-file";

  private final Environment running;
  private final String[] arguments;
  private final Listener listener;
  private @Nullable WatchService watch;
  private @Nullable Thread thread;

  /** Is told what the files say now. */
  interface Listener {
    /** A whole configuration without faults; perhaps the same as before. */
    void changed(Environment environment);

    /** One that has faults, a line each; the old one stays in force. */
    void refused(List<String> faults);
  }

  /** {@code arguments}: of the command line, which stand above every file. */
  ConfigurationReload(Environment running, String[] arguments, Listener listener) {
    this.running = running;
    this.arguments = arguments.clone();
    this.listener = listener;
  }

  void start() {
    Set<Path> directories = directories(running);
    if (directories.isEmpty()) {
      return;
    }
    try {
      WatchService service = directories.iterator().next().getFileSystem().newWatchService();
      watch = service;
      for (Path directory : directories) {
        directory.register(
            service,
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.ENTRY_DELETE);
      }
      thread = Thread.ofPlatform().name("configuration").daemon().start(() -> follow(service));
    } catch (IOException e) {
      LOG.warn("changes of the configuration are not followed: {}", e.toString());
      close();
    }
  }

  /** Those that Spring Boot was told to read files from, as far as they are there. */
  static Set<Path> directories(Environment environment) {
    Set<Path> found = new LinkedHashSet<>();
    for (String key :
        List.of("spring.config.location", "spring.config.additional-location", CONFIG_FILE)) {
      for (String location : environment.getProperty(key, "").split("[,;]", -1)) {
        String path = location.strip().replaceFirst("^optional:", "").replaceFirst("^file:", "");
        if (path.isEmpty() || path.startsWith("classpath:")) {
          continue;
        }
        Path place = Path.of(path).toAbsolutePath().normalize();
        Path directory = Files.isDirectory(place) ? place : place.getParent();
        if (directory != null && Files.isDirectory(directory)) {
          found.add(directory);
        }
      }
    }
    return found;
  }

  private void follow(WatchService service) {
    try {
      while (true) {
        WatchKey key = service.take();
        do {
          key.pollEvents();
          key.reset();
          key = service.poll(SETTLE_MS, TimeUnit.MILLISECONDS);
        } while (key != null);
        reload();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.nio.file.ClosedWatchServiceException e) {
      LOG.debug("the configuration is no longer watched");
    }
  }

  /** Reads everything again. */
  void reload() {
    try {
      ConfigurableEnvironment fresh = new StandardReactiveWebEnvironment();
      fresh.getPropertySources().addFirst(new SimpleCommandLinePropertySource(arguments));
      ConfigDataEnvironmentPostProcessor.applyTo(fresh);
      List<String> faults = ConfigurationCheck.faults(fresh);
      if (faults.isEmpty()) {
        listener.changed(fresh);
      } else {
        refuse(faults);
      }
    } catch (RuntimeException e) {
      refuse(List.of(String.valueOf(e.getMessage()))); // a file that is no YAML
    }
  }

  private void refuse(List<String> faults) {
    LOG.error(
        "the changed configuration has faults, the old one stays in force:\n  {}",
        String.join("\n  ", faults));
    listener.refused(faults);
  }

  @Override
  public void close() {
    WatchService service = watch;
    if (service != null) {
      try {
        service.close();
      } catch (IOException e) {
        LOG.debug("close of the watch: {}", e.toString());
      }
    }
    Thread of = thread;
    if (of != null) {
      of.interrupt();
    }
  }
}
