package sh.retina;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The architecture holds, and each rule can fail: for every rule there is a package of planted
 * violations. Plain parameterised JUnit, since a runner that skips rule fields would be green.
 */
class ArchitectureTest {
  private static final String BASE = "sh.retina";
  private static final String PLANTED = BASE + ".planted";
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(BASE);

  static List<ArchitectureRules.Rule> rules() {
    return rules(BASE).toList();
  }

  private static Stream<ArchitectureRules.Rule> rules(String base) {
    return Stream.concat(ArchitectureRules.of(base).stream(), StyleRules.of(base).stream());
  }

  static Stream<String> ruleNames() {
    return rules().stream().map(ArchitectureRules.Rule::name);
  }

  @Test
  void shouldHaveImportedTheProgram() {
    assertThat(MAIN.size()).isGreaterThan(20);
    assertThat(MAIN).noneMatch(type -> type.getPackageName().startsWith(PLANTED));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void shouldHold(ArchitectureRules.Rule rule) {
    rule.check().check(MAIN);
  }

  @ParameterizedTest
  @MethodSource("ruleNames")
  void shouldFailOnItsPlantedViolation(String name) {
    String base = PLANTED + "." + name;
    JavaClasses planted = new ClassFileImporter().importPackages(base);

    assertThat(planted).as("classes planted in %s", base).isNotEmpty();
    assertThat(named(name, base).evaluate(planted).hasViolation())
        .as("rule %s finds what is planted", name)
        .isTrue();
  }

  @Test
  void shouldBoundEveryWaitOfATest() {
    JavaClasses tests = new ClassFileImporter().importPackages(BASE).that(notPlanted());

    unboundedWaits().check(tests);
  }

  @Test
  void shouldFailOnAnUnboundedWait() {
    JavaClasses planted = new ClassFileImporter().importPackages(PLANTED + ".verify");

    assertThat(unboundedWaits().evaluate(planted).hasViolation()).isTrue();
  }

  private static ArchRule named(String name, String base) {
    return rules(base).filter(rule -> rule.name().equals(name)).findFirst().orElseThrow().check();
  }

  private static com.tngtech.archunit.base.DescribedPredicate<
          com.tngtech.archunit.core.domain.JavaClass>
      notPlanted() {
    return com.tngtech.archunit.base.DescribedPredicate.describe(
        "not planted", type -> !type.getPackageName().startsWith(PLANTED));
  }

  /** {@code expectComplete().verify(Duration)} ends; {@code verifyComplete()} may not. */
  private static ArchRule unboundedWaits() {
    return noClasses()
        .should()
        .callMethodWhere(
            StyleRules.target(
                "wait without a bound",
                "reactor\\.test\\.StepVerifier.*",
                "verify(Complete|Error|ErrorMatches|ErrorMessage|ErrorSatisfies|Then.*|Timeout)"));
  }
}
