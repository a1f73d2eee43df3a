package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.WholeMachine;

/**
 * How much of a program the verifier has to walk, against limits in VerifierLimits.csv. The
 * kernel's own limit is a million instructions; far below it, a program that has grown by accident
 * takes longer to load and may be refused by an older kernel.
 */
@RequiresRoot
@WholeMachine
class VerifierLimitsIT {
  private static final String LIMITS = "VerifierLimits.csv";

  @ParameterizedTest
  @CsvFileSource(resources = LIMITS)
  void shouldStayBelowTheLimit(String object, String program, long limit) {
    try (BpfSpec spec = BpfObject.open(object, TestObjects.elf(object));
        BpfObject loaded = spec.load()) {
      long verified = loaded.program(program).info().verifiedInstructions();
      assumeTrue(verified > 0, "this kernel does not say what it verified (Linux 5.16)");

      assertThat(verified)
          .as("instructions verified of %s; the limits are for Linux 6.18", program)
          .isLessThanOrEqualTo(limit);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"packetparser", "dropreason", "tcpretrans", "tcplife", "dns"})
  void shouldHaveALimitForEachProgram(String object) throws Exception {
    try (BpfSpec spec = BpfObject.open(object, TestObjects.elf(object));
        BpfObject loaded = spec.load();
        var limits = VerifierLimitsIT.class.getResourceAsStream(LIMITS)) {
      String text = new String(limits.readAllBytes(), StandardCharsets.UTF_8);

      assertThat(loaded.programs().stream().map(BpfProgram::name).collect(Collectors.toSet()))
          .allSatisfy(name -> assertThat(text).contains(object + "," + name + ","));
    }
  }
}
