package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import sh.retina.flow.FlowFilter;
import sh.retina.identity.ContextChange;
import sh.retina.identity.ContextCodec;

/** Who is who, as of each place of the journal. */
class JournalContextTest extends JournalFixture {
  @Test
  void shouldNameThePodThatHeldTheAddressThen() {
    appendContext(pod("old"));
    append(1);
    appendContext(pod("young"));
    append(2);

    assertThat(sources()).containsExactly("[]old", "[]young");
  }

  @Test
  void shouldNameThePodOfAnEventThatCameBeforeTheCluster() {
    appendChange(new ContextChange.ClusterAwaited(true));
    append(1);
    appendContext(pod("web"));
    append(2);
    appendChange(new ContextChange.ClusterAwaited(false));

    assertThat(sources()).containsExactly("[]web", "[]web");
  }

  @Test
  void shouldCallUnknownWhatCameTooLongBeforeTheCluster() {
    appendChange(new ContextChange.ClusterAwaited(true));
    append(1);
    now = now.plusSeconds(11);
    append(2);
    appendContext(pod("web"));
    appendChange(new ContextChange.ClusterAwaited(false));
    append(3);

    assertThat(sources()).containsExactly("[reserved:unknown]", "[reserved:unknown]", "[]web");
  }

  @Test
  void shouldHoldALiveStreamUntilTheClusterIsKnown() {
    appendChange(new ContextChange.ClusterAwaited(true));

    StepVerifier.create(
            flows.open(new FlowRequest(new FlowStart.Oldest(), FlowFilter.all(), null, true, 0)))
        .expectSubscription()
        .then(() -> append(1))
        .expectNoEvent(Duration.ofMillis(500))
        .then(() -> {
          appendContext(pod("web"));
          appendChange(new ContextChange.ClusterAwaited(false));
        })
        .assertNext(item -> assertThat(source(item)).isEqualTo("[]web"))
        .thenCancel()
        .verify(PATIENCE);
  }

  private List<String> sources() {
    return read(new FlowRequest(new FlowStart.Oldest(), FlowFilter.all(), null, false, 0)).stream()
        .map(JournalContextTest::source)
        .toList();
  }

  private static String source(FlowItem item) {
    return item instanceof FlowItem.Item(_, var flow)
        ? flow.getSource().getLabelsList() + flow.getSource().getPodName()
        : "";
  }

  private void appendChange(ContextChange change) {
    context.apply(List.of(change), false);
    journal.appendContext(ContextCodec.encode(List.of(change), false));
  }
}
