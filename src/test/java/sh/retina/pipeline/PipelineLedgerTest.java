package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineLedgerTest {
  private final PipelineLedger ledger = new PipelineLedger(List.of("packetparser", "dropreason"));

  @Test
  void shouldOpenTheBooksOfKnownPluginsAtZero() {
    assertThat(ledger.all())
        .extracting(PluginLedger::plugin)
        .containsExactly("dropreason", "packetparser");
    for (Stage stage : Stage.values()) {
      assertThat(ledger.plugin("dropreason").events(stage)).isZero();
    }
  }

  @Test
  void shouldTellOfPluginsThatComeLater() {
    List<String> told = new ArrayList<>();
    ledger.onNewPlugin(books -> told.add(books.plugin()));

    ledger.plugin("dns");
    ledger.plugin("dns");

    assertThat(told).containsExactly("dropreason", "packetparser", "dns");
  }

  @Test
  void shouldCountStagesAndLosses() {
    PluginLedger books = ledger.plugin("packetparser");

    books.passed(Stage.RING, 10);
    books.passed(Stage.RING, 5);
    books.lost(Loss.DECODE_ERROR, 2);

    assertThat(books.events(Stage.RING)).isEqualTo(15);
    assertThat(books.events(Loss.DECODE_ERROR)).isEqualTo(2);
    assertThat(ledger.plugin("dropreason").events(Stage.RING)).isZero();
  }

  @Test
  void shouldKeepWhatTheKernelCountedWhenAPluginIsLoadedAgain() {
    PluginLedger books = ledger.plugin("packetparser");
    books.attachKernel(new Kernel(100, 7));
    assertThat(books.events(Stage.KERNEL)).isEqualTo(100);

    books.detachKernel();
    assertThat(books.events(Stage.KERNEL)).isEqualTo(100);
    books.attachKernel(new Kernel(3, 1));

    assertThat(books.events(Stage.KERNEL)).isEqualTo(103);
    assertThat(books.events(Loss.KERNEL_RING_FULL)).isEqualTo(8);
  }

  @Test
  void shouldCountLossesOfSeveralStreams() throws InterruptedException {
    PluginLedger books = ledger.plugin("packetparser");
    List<Thread> streams = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      streams.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int n = 0; n < 10_000; n++) {
                  books.lost(Loss.STREAM_SLOW, 1);
                }
              }));
    }
    for (Thread stream : streams) {
      stream.join();
    }

    assertThat(books.events(Loss.STREAM_SLOW)).isEqualTo(40_000);
  }

  private record Kernel(long events, long lost) implements PluginLedger.KernelCounts {}
}
