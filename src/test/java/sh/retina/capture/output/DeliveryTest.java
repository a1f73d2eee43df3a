package sh.retina.capture.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeliveryTest {
  @TempDir private Path directory;
  private Path here;
  private Path volume;

  @BeforeEach
  void makeDirectories() throws IOException {
    here = Files.createDirectory(directory.resolve("here"));
    volume = Files.createDirectory(directory.resolve("volume"));
  }

  private OutputSettings settings(String hostPath, Path claimDirectory) {
    OutputSettings.Claim claim = new OutputSettings.Claim("team-claim", claimDirectory);
    return new OutputSettings(here, hostPath, claim, null, null);
  }

  private static List<Delivered> deliver(OutputSettings settings, Delivery.Item... items) {
    return new Delivery(settings, Map.of()).deliver(List.of(items));
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void shouldMoveFilesToAVolume() throws IOException {
    Delivery.Item one = Recorded.file(here, "one.pcapng", 1_000_000);
    Delivery.Item two = Recorded.file(here, "two.pcapng", 0);

    assertThat(deliver(settings("", volume), one, two))
        .containsExactly(
            new Delivered(
                "persistentVolumeClaim", "team-claim:one.pcapng", 1_000_000, one.sha256(), null),
            new Delivered("persistentVolumeClaim", "team-claim:two.pcapng", 0, two.sha256(), null));
    assertThat(Recorded.sha256(Files.readAllBytes(volume.resolve("one.pcapng"))))
        .isEqualTo(one.sha256());
    assertThat(names(volume)).containsExactly("one.pcapng", "two.pcapng");
    assertThat(names(here)).isEmpty();
  }

  @Test
  void shouldKeepFilesWhereTheHostPathIsWantedToo() throws IOException {
    Delivery.Item item = Recorded.file(here.resolve("sub"), "one.pcapng", 10);

    List<Delivered> delivered = deliver(settings("sub", volume), item);

    assertThat(delivered)
        .extracting(Delivered::type)
        .containsExactly("hostPath", "persistentVolumeClaim");
    assertThat(delivered).allMatch(Delivered::arrived);
    assertThat(names(here.resolve("sub"))).containsExactly("one.pcapng");
    assertThat(names(volume)).containsExactly("one.pcapng");
  }

  @Test
  void shouldTellAVolumeThatIsNotMounted() throws IOException {
    Delivery.Item item = Recorded.file(here, "one.pcapng", 10);
    Path missing = directory.resolve("missing");

    assertThat(deliver(settings("", missing), item))
        .singleElement()
        .satisfies(output -> {
          assertThat(output.location()).isEqualTo("team-claim:");
          assertThat(output.error()).contains("missing is not there: is the volume mounted?");
        });
    assertThat(missing).doesNotExist();
    assertThat(names(here)).containsExactly("one.pcapng");
  }

  @Test
  void shouldLeaveNothingHalfWrittenWhenAFileIsNotWhatWasRecorded() throws IOException {
    Delivery.Item item = Recorded.file(here, "one.pcapng", 10);
    Files.write(here.resolve("one.pcapng"), new byte[10]);
    Files.write(volume.resolve("one.pcapng.part"), new byte[3]); // of a worker that was killed

    assertThat(deliver(settings("", volume), item).getFirst().error())
        .contains("gives back has SHA-256 " + Recorded.sha256(new byte[10]));
    assertThat(names(volume)).isEmpty();
    assertThat(names(here)).containsExactly("one.pcapng");
  }

  @Test
  void shouldGoOnWithTheOtherPlaces() throws IOException {
    Delivery.Item item = Recorded.file(here, "one.pcapng", 10);
    OutputSettings settings =
        new OutputSettings(
            here,
            "",
            new OutputSettings.Claim("", volume),
            new OutputSettings.S3("b", null, "", "", directory.resolve("no-secret")),
            directory.resolve("no-url"));

    List<Delivered> delivered = deliver(settings, item);

    assertThat(delivered)
        .extracting(Delivered::type)
        .containsExactly("persistentVolumeClaim", "s3Upload", "blobUpload");
    assertThat(delivered).extracting(Delivered::arrived).containsExactly(true, false, false);
    assertThat(delivered.get(0).location()).isEqualTo(volume + "/one.pcapng");
    assertThat(delivered.get(1).location()).isEqualTo("s3://b/");
    assertThat(delivered.get(1).error()).contains("has the Secret the key s3-access-key-id?");
    assertThat(delivered.get(2).error()).contains("has the Secret the key no-url?");
    assertThat(names(here)).containsExactly("one.pcapng");
  }
}
