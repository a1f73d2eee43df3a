package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.event.Observation;
import sh.retina.event.Protocol;
import sh.retina.event.Verdict;
import sh.retina.flow.proto.FlowFilter;

class CelFilterTest {
  private static final FlowNode NODE = new FlowNode("n1", "", "0.1.0");

  private static sh.retina.flow.FlowFilter compile(String... expressions) {
    FlowFilter.Builder filter = FlowFilter.newBuilder();
    filter.getExperimentalBuilder().addAllCelExpression(List.of(expressions));
    return FlowFilters.compileAll(List.of(filter.build()), List.of(), NODE);
  }

  private static Observation dropped() {
    Observation o = new Observation();
    o.ipVersion = 4;
    o.protocol = Protocol.TCP;
    o.destinationPort = 80;
    o.verdict = Verdict.DROPPED;
    return o;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          true  | _flow.verdict == Verdict.DROPPED
          false | _flow.verdict == Verdict.FORWARDED
          true  | _flow.l4.TCP.destination_port == 80u
          true  | _flow.l4.TCP.destination_port == uint(80)
          false | has(_flow.l4.UDP)
          true  | _flow.node_name.matches('^n[0-9]$')
          false | _flow.source.labels.exists(l, l == 'k8s:app=web')
          false | _flow.source.labels[7] == 'what is not there'
          false | 1 / 0 == 1
          """)
  void shouldAskTheFlow(boolean matches, String expression) {
    assertThat(compile(expression).matches(dropped())).isEqualTo(matches);
  }

  @Test
  void shouldMatchWhereOneOfSeveralHolds() {
    assertThat(compile("false", "true").matches(dropped())).isTrue();
    assertThat(compile("false", "1 / 0 == 1").matches(dropped())).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          _flow.node_name                     | expected type 'bool' but found 'string'
          _flow.nothing == 1                  | undefined field 'nothing'
          _flow.l4.TCP.destination_port == 80 | no matching overload
          1 +                                 | mismatched input
          other == 1                          | undeclared reference to 'other'
          """)
  void shouldRefuseWhatIsNoQuestion(String expression, String text) {
    assertThatThrownBy(() -> compile(expression))
        .isInstanceOf(FlowFilterException.class)
        .hasMessageContaining("experimental.cel_expression")
        .hasMessageContaining(text);
  }

  @Test
  void shouldBoundWhatAnExpressionCosts() {
    assertThatThrownBy(() -> compile("true" + " && true".repeat(200)))
        .isInstanceOf(FlowFilterException.class);
    assertThatThrownBy(() -> compile("(".repeat(400) + "true" + ")".repeat(400)))
        .isInstanceOf(FlowFilterException.class);
    String list = "[0,1,2,3,4,5,6,7,8,9]";
    String loops = list + ".all(a, " + list + ".all(b, " + list + ".all(c, " + list;
    assertThat(compile(loops + ".all(d, true))))").matches(dropped())).isFalse();
  }
}
