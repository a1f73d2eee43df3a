package sh.retina.plugin.infiniband;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.plugin.StatText;

/** Trees like /sys, to the exact text of a scrape. */
class InfinibandPluginTest {
  @TempDir private Path empty;

  @Test
  void shouldShowExactlyWhatTheFilesSay() throws IOException {
    InfinibandPlugin plugin = new InfinibandPlugin(StatText.fixture("infiniband/whole"));

    StatText read = StatText.of(plugin);

    assertThat(read.scrape()).isEqualTo(read.golden("infiniband/whole.txt"));
    assertThat(read.missing()).isEmpty();
    assertThat(plugin.requirements()).allMatch(feature -> feature.get().isAvailable());
  }

  @Test
  void shouldSayThatThereIsNoDevice() {
    InfinibandPlugin plugin = new InfinibandPlugin(empty);

    assertThatThrownBy(() -> StatText.of(plugin))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("no InfiniBand device: ");
    assertThat(plugin.requirements().getFirst().get().isAvailable()).isFalse();
    assertThat(plugin.requirements().getFirst().get().reason()).contains("missing or empty");
  }

  @Test
  void shouldSayWhatItMayNotRead() throws IOException {
    Path counters = Files.createDirectories(empty.resolve("class/infiniband/hca/ports/1/counters"));
    Files.writeString(counters.resolve("symbol_error"), "4\n");
    Files.createDirectory(counters.resolve("strange"));

    StatText read = StatText.of(new InfinibandPlugin(empty));

    assertThat(read.scrape())
        .contains("{device=\"hca\",port=\"1\",statistic_name=\"symbol_error\"} 4.0");
    assertThat(read.missing()).contains("strange: ");
  }
}
