package sh.retina.capture.output;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Brings a capture's files to all its places, one after the other. Not thread-safe. */
public final class Delivery {
  static final String CLAIM = "persistentVolumeClaim";
  static final String S3 = "s3Upload";
  static final String BLOB = "blobUpload";
  private static final String HOST_PATH = "hostPath";

  /**
   * A file that was recorded.
   *
   * @param size bytes
   * @param sha256 in hexadecimal
   */
  public record Item(String name, long size, String sha256) {}

  /** Opens a place. */
  @FunctionalInterface
  private interface Opening {
    Output open() throws IOException;
  }

  private final OutputSettings settings;
  private final Map<String, String> environment;
  private final List<Delivered> delivered = new ArrayList<>();

  /** {@code environment}: of this process; an identity may be found by it. */
  public Delivery(OutputSettings settings, Map<String, String> environment) {
    this.settings = settings;
    this.environment = environment;
  }

  /**
   * Delivers. A place that fails is in the answer with its reason, and the others go on. Files are
   * deleted where they were recorded when they need not stay there and every place has them.
   */
  public List<Delivered> deliver(List<Item> items) {
    delivered.clear();
    if (items.isEmpty()) {
      return List.of();
    }
    try (OutputDirectory directory =
        OutputDirectory.open(settings.directory(), settings.hostPath())) {
      List<CapturedFile> files =
          items.stream()
              .map(item -> new CapturedFile(directory, item.name(), item.size(), item.sha256()))
              .toList();
      if (settings.isHostPath()) {
        for (CapturedFile file : files) {
          delivered.add(here(HOST_PATH, directory.path().resolve(file.name()).toString(), file));
        }
      }
      away(files);
      if (!settings.isHostPath() && delivered.stream().allMatch(Delivered::arrived)) {
        for (CapturedFile file : files) {
          directory.delete(file.name());
        }
      }
    } catch (IOException e) {
      delivered.add(new Delivered(HOST_PATH, settings.directory().toString(), 0, "", message(e)));
    }
    return List.copyOf(delivered);
  }

  /**
   * Looks whether the places can be had at all, before anything is recorded: their secrets and
   * volumes, not what a store says.
   *
   * @return those that cannot, with the reason
   */
  public List<Delivered> check() {
    delivered.clear();
    OutputSettings.Claim claim = settings.claim();
    if (claim != null) {
      put(CLAIM, ClaimOutput.location(claim, ""), List.of(), () -> ClaimOutput.open(claim));
    }
    OutputSettings.S3 s3 = settings.s3();
    if (s3 != null) {
      try {
        S3Secret.read(s3.secret()); // the client itself takes a second to load
      } catch (IOException e) {
        delivered.add(new Delivered(S3, S3Place.location(s3, ""), 0, "", message(e)));
      }
    }
    Path blob = settings.blobUrlFile();
    if (blob != null) {
      put(BLOB, blob.toString(), List.of(), () -> BlobOutput.open(blob, environment));
    }
    return List.copyOf(delivered);
  }

  private void away(List<CapturedFile> files) {
    OutputSettings.Claim claim = settings.claim();
    if (claim != null) {
      put(CLAIM, ClaimOutput.location(claim, ""), files, () -> ClaimOutput.open(claim));
    }
    OutputSettings.S3 s3 = settings.s3();
    if (s3 != null) {
      put(S3, S3Place.location(s3, ""), files, () -> S3Output.open(s3));
    }
    Path blob = settings.blobUrlFile();
    if (blob != null) {
      put(BLOB, blob.toString(), files, () -> BlobOutput.open(blob, environment));
    }
  }

  private void put(String type, String place, List<CapturedFile> files, Opening opening) {
    try (Output output = opening.open()) {
      for (CapturedFile file : files) {
        delivered.add(put(output, file));
      }
    } catch (IOException | RuntimeException e) {
      delivered.add(new Delivered(type, place, 0, "", message(e)));
    }
  }

  private static Delivered put(Output output, CapturedFile file) {
    String location = output.location(file.name());
    try {
      output.put(file);
      return here(output.type(), location, file);
    } catch (IOException | RuntimeException e) {
      return new Delivered(output.type(), location, file.size(), file.sha256(), message(e));
    }
  }

  private static Delivered here(String type, String location, CapturedFile file) {
    return new Delivered(type, location, file.size(), file.sha256(), null);
  }

  private static String message(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
