package sh.retina.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.bpf.PacketSource;
import sh.retina.capture.output.OutputSettings;

class SettingsReaderTest {
  private static CaptureSettings read(String... arguments) {
    return SettingsReader.read(List.of(arguments), Map.of());
  }

  @Test
  void shouldTakeTheVariablesOfAJobAndPreferArguments() {
    CaptureSettings settings =
        SettingsReader.read(
            List.of("--name=by-argument", "--no-promiscuous"),
            Map.of(
                "CAPTURE_NAME", "by-variable",
                "NODE_HOST_NAME", "n1",
                "CAPTURE_DURATION", "1m30s",
                "CAPTURE_MAX_SIZE", "7",
                "CAPTURE_FILE_COUNT", "3",
                "CAPTURE_PACKET_SIZE", "96",
                "CAPTURE_INTERFACES", "eth0, any ,",
                "CAPTURE_NAMES", "10.0.0.7=default/web,fd00::7=default/web"));

    assertThat(settings.name()).isEqualTo("by-argument");
    assertThat(settings.node()).isEqualTo("n1");
    assertThat(settings.duration()).isEqualTo(Duration.ofSeconds(90));
    assertThat(settings.maxBytes()).isEqualTo(7_000_000);
    assertThat(settings.fileCount()).isEqualTo(3);
    assertThat(settings.snapLength()).isEqualTo(96);
    assertThat(settings.interfaces()).containsExactly("eth0");
    assertThat(settings.promiscuous()).isFalse();
    assertThat(settings.names()).containsEntry("fd00::7", "default/web").hasSize(2);
    assertThat(settings.outputs())
        .isEqualTo(new OutputSettings(Path.of("/var/log/retina/captures"), "", null, null, null));
    assertThat(settings.outputs().isHostPath()).isTrue();
  }

  @Test
  void shouldReadEachPlace() {
    OutputSettings outputs =
        SettingsReader.read(
                List.of("--max-size=1"),
                Map.of(
                    "PERSISTENT_VOLUME_CLAIM", "team",
                    "S3_BUCKET", "b",
                    "S3_ENDPOINT", "https://store.example:9000",
                    "S3_REGION", "eu-1",
                    "CAPTURE_BLOB_URL_FILE", "/etc/blob-upload-secret/blob-upload-url"))
            .outputs();

    assertThat(outputs.claim()).isEqualTo(new OutputSettings.Claim("team", Path.of("/mnt/claim")));
    assertThat(outputs.s3())
        .isEqualTo(
            new OutputSettings.S3(
                "b",
                URI.create("https://store.example:9000"),
                "eu-1",
                "retina/captures",
                Path.of("/etc/s3-upload-secret")));
    assertThat(outputs.blobUrlFile()).isEqualTo(Path.of("/etc/blob-upload-secret/blob-upload-url"));
    assertThat(outputs.isHostPath()).isFalse();
  }

  @Test
  void shouldNeedNoEndForAStream() {
    assertThat(read("--stdout").answer().isStream()).isTrue();
    assertThat(read("--stdout").snapLength()).isEqualTo(PacketSource.MAX_SNAP_LENGTH);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--name=a/b | --name: 'a/b' is no name",
        "--duration=1x | --duration: '1x' is no time",
        "--duration=1m 2s | is no time",
        "--max-size=-1 | --max-size: '-1' is no number from 0",
        "--interfaces=a b | 'a b' is no name of an interface",
        "--format=cap | --format: 'cap' is neither pcapng nor pcap",
        "--no-promiscuous=maybe | --no-promiscuous: 'maybe' is neither true nor false",
        "--names=web=10.0.0.1 | --names: 'web=10.0.0.1' is not ADDRESS=NAME",
        "--directory=here | --directory: 'here' is not absolute",
        "--s3-endpoint=http://h:1 | --s3-bucket is missing",
        "--agent=node:9000 | --agent: 'node:9000' is no address",
        "--claim-directory=x | --claim-directory: 'x' is not absolute",
        "--progress=often | --progress: 'often' is no time",
        "--pause=10ms | --pause: is 1s or more",
        "--keep-files=2 | --pause, --keep-files and --keep-size are of captures with --rearm",
        "--what | no such option: '--what'; there are --name,",
      })
  void shouldSayWhatIsWrong(String argument, String fault) {
    assertThatThrownBy(() -> read("--max-size=1", argument.strip(), "--nope"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(fault.strip())
        .hasMessageContaining("no such option: '--nope'"); // all faults at once
  }

  /** Else the file is full before the packets of the trigger come. */
  @Test
  void shouldLeaveRoomInTheFileForWhatComesAfterTheTrigger() {
    String[] waits = {"--trigger-reason=NO_SOCKET", "--max-size=4"};

    assertThat(read(waits).watch().beforeBytes()).isEqualTo(2_000_000);
    assertThat(read("--trigger-reason=NO_SOCKET", "--duration=1s").watch().beforeBytes())
        .isEqualTo(8_000_000);
    assertThatThrownBy(() -> read(waits[0], waits[1], "--before=3"))
        .hasMessageContaining("--before is more than half of --max-size");
    assertThat(read(waits[0], waits[1], "--file-count=2", "--before=4").watch().beforeBytes())
        .isEqualTo(4_000_000);
  }

  @Test
  void shouldRefuseWhatDoesNotGoTogether() {
    assertThatThrownBy(() -> read()).hasMessageContaining("nothing would end the capture");
    assertThat(read("--max-size=1", "--file-count=2").duration()).isNull();
    assertThatThrownBy(() -> read("--duration=1s", "--file-count=2"))
        .hasMessageContaining("--file-count needs --max-size");
    assertThatThrownBy(() -> read("--stdout", "--host-path=a"))
        .hasMessageContaining("--stdout makes no files");
    assertThatThrownBy(() -> read("--stdout", "--s3-bucket=a"))
        .hasMessageContaining("--stdout makes no files");
  }
}
