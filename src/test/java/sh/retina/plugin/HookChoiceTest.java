package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sh.retina.plugin.AttachPoint.Kernel;

class HookChoiceTest {
  private static final Kernel PAIR =
      new Kernel("function", List.of(List.of("exit"), List.of("entry", "return")));

  @Test
  void shouldTakeTheFirstWayThatIsNotRefused() {
    HookChoice choice = new HookChoice(List.of(PAIR, Kernel.of("tracepoint", "point")));

    assertThat(choice.taken()).containsExactly("exit", "point");
    choice.refuse("exit", "EPERM");
    assertThat(choice.taken()).containsExactly("entry", "return", "point");
    assertThat(choice.missing()).isEmpty();
  }

  @Test
  void shouldTellWhatEachWayToAHookMet() {
    HookChoice choice = new HookChoice(List.of(PAIR, Kernel.of("tracepoint", "point")));

    choice.refuse("exit", "fexit refused");
    choice.refuse("return", "no kprobes");

    assertThat(choice.taken()).containsExactly("point");
    assertThat(choice.missing()).containsOnlyKeys("function");
    assertThat(choice.missing().get("function")).isEqualTo("fexit refused; else no kprobes");
  }

  @Test
  void shouldKnowAllProgramsSoThatThoseNotTakenStayOut() {
    assertThat(new HookChoice(List.of(PAIR)).programs()).containsExactly("exit", "entry", "return");
  }
}
