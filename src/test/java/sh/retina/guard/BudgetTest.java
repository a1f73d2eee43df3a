package sh.retina.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetTest {
  @Test
  void shouldBeAShareOfAllCpus() {
    assertThat(Budget.of("1%", 64, 300)).isEqualTo(new Budget(0.64, 300));
    assertThat(Budget.of("0.5%", 2, 0).cpuCores()).isEqualTo(0.01);
  }

  @Test
  void shouldBeOffWithZeroes() {
    assertThat(Budget.of("0", 64, 0).isBounded()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "-1%", "101%", "one", "1e2%", "%"})
  void shouldRefuseWhatIsNoShare(String share) {
    assertThatIllegalArgumentException().isThrownBy(() -> Budget.of(share, 2, 0));
  }
}
