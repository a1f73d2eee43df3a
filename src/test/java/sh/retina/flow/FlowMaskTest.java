package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.Layer4;
import sh.retina.flow.proto.UDP;
import sh.retina.flow.proto.Verdict;

class FlowMaskTest {
  private static final Flow FLOW =
      Flow.newBuilder()
          .setVerdict(Verdict.DROPPED)
          .setNodeName("n1")
          .setSource(Endpoint.newBuilder().setIdentity(7).setPodName("web").addLabels("k8s:a=b"))
          .setL4(Layer4.newBuilder().setUDP(UDP.newBuilder().setSourcePort(53)))
          .addSourceNames("a.io")
          .build();

  @Test
  void shouldLeaveWhatIsWanted() {
    assertThat(masked("verdict", "source.identity", "source_names"))
        .isEqualTo(
            Flow.newBuilder()
                .setVerdict(Verdict.DROPPED)
                .setSource(Endpoint.newBuilder().setIdentity(7))
                .addSourceNames("a.io")
                .build());
  }

  @Test
  void shouldLeaveAllWithoutPaths() {
    assertThat(masked()).isEqualTo(FLOW);
  }

  @Test
  void shouldLetParentsSubsumeChildren() {
    assertThat(masked("source.identity", "source").getSource()).isEqualTo(FLOW.getSource());
    assertThat(masked("source", "source.identity").getSource()).isEqualTo(FLOW.getSource());
  }

  @Test
  void shouldSendAnEmptyMessageThatAPathLeadsThrough() {
    Flow flow = masked("destination.identity", "IP.source");

    assertThat(flow.hasDestination()).isTrue();
    assertThat(flow.hasIP()).isTrue();
    assertThat(masked("destination").hasDestination()).isFalse();
  }

  @Test
  void shouldNotMakeUpOneOfSeveral() {
    assertThat(masked("l4.TCP.flags", "l4.UDP.source_port").getL4()).isEqualTo(FLOW.getL4());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nothing",
        "source.nothing",
        "source_names.x",
        "source.labels.0",
        "verdict.x",
        "ip",
        "."
      })
  void shouldRefuseWhatIsNoPath(String path) {
    assertThatThrownBy(() -> FlowMask.of(List.of(path))).hasMessage("invalid fieldmask");
  }

  private static Flow masked(String... paths) {
    return FlowMask.of(List.of(paths)).apply(FLOW);
  }
}
