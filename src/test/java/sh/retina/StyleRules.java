package sh.retina;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import java.util.stream.Stream;
import sh.retina.ArchitectureRules.Rule;

/**
 * How code of ours is written, where a compiler does not see it: names, shared state, waiting,
 * output. Built as {@link ArchitectureRules}.
 */
final class StyleRules {
  private final String base;

  private StyleRules(String base) {
    this.base = base;
  }

  static List<Rule> of(String base) {
    return new StyleRules(base).all();
  }

  private List<Rule> all() {
    return Stream.of(
            new Rule("handles", handlesAreConstants()),
            new Rule("properties", propertiesAreRecords()),
            new Rule("names", names()),
            new Rule("injection", noFieldInjection()),
            new Rule("components", componentsArePackagePrivate()),
            new Rule("statics", noMutableStatics()),
            new Rule("throwing", noMethodThrowsException()),
            new Rule("output", noStandardOutput()),
            new Rule("waiting", noSleepAndNoBlock()),
            new Rule("schedulers", schedulersWhereFluxesAreMade()),
            new Rule("clock", timeComesFromAClock()))
        .toList();
  }

  private ArchRule handlesAreConstants() {
    return fields()
        .that()
        .areDeclaredInClassesThat(ArchitectureRules.ours(base))
        .and()
        .haveRawType(VarHandle.class)
        .or()
        .haveRawType(MethodHandle.class)
        .should()
        .beStatic()
        .andShould()
        .beFinal()
        .allowEmptyShould(true);
  }

  private ArchRule propertiesAreRecords() {
    String annotation = "org.springframework.boot.context.properties.ConfigurationProperties";
    return CompositeArchRule.of(
            classes()
                .that(ArchitectureRules.ours(base))
                .and()
                .areAnnotatedWith(annotation)
                .should()
                .beRecords()
                .allowEmptyShould(true))
        .and(
            classes()
                .that(ArchitectureRules.ours(base))
                .and()
                .areAnnotatedWith(annotation)
                .should()
                .haveSimpleNameEndingWith("Properties")
                .allowEmptyShould(true))
        .and(
            classes()
                .that(ArchitectureRules.ours(base))
                .and()
                .haveSimpleNameEndingWith("Properties")
                .should()
                .beAnnotatedWith(annotation)
                .allowEmptyShould(true));
  }

  private ArchRule names() {
    return CompositeArchRule.of(
            noClasses()
                .that(ArchitectureRules.ours(base))
                .should()
                .haveNameMatching(".*(Impl|Helper|Util|Utils|Base)")
                .orShould()
                .haveNameMatching(".*(?<!\\.Plugin)Manager"))
        .and(
            noClasses()
                .that(ArchitectureRules.ours(base))
                .and()
                .areInterfaces()
                .should()
                .haveNameMatching(".*[.$]I[A-Z][a-z].*")
                .allowEmptyShould(true));
  }

  private ArchRule noFieldInjection() {
    ArchRule rule = null;
    for (String annotation :
        List.of(
            "org.springframework.beans.factory.annotation.Autowired",
            "org.springframework.beans.factory.annotation.Value",
            "jakarta.inject.Inject",
            "jakarta.annotation.Resource")) {
      ArchRule one =
          noFields()
              .that()
              .areDeclaredInClassesThat(ArchitectureRules.ours(base))
              .should()
              .beAnnotatedWith(annotation)
              .allowEmptyShould(true);
      rule = rule == null ? one : CompositeArchRule.of(rule).and(one);
    }
    return java.util.Objects.requireNonNull(rule);
  }

  /** The program's own class in the root is public: it has the main method. */
  private ArchRule componentsArePackagePrivate() {
    return classes()
        .that(ArchitectureRules.ours(base).and(not(resideInAPackage(base))))
        .and()
        .areMetaAnnotatedWith("org.springframework.stereotype.Component")
        .should()
        .notBePublic()
        .allowEmptyShould(true);
  }

  private ArchRule noMutableStatics() {
    return fields()
        .that()
        .areDeclaredInClassesThat(ArchitectureRules.ours(base))
        .and()
        .areStatic()
        .should()
        .beFinal()
        .allowEmptyShould(true);
  }

  /** {@code throws E} of a generic method is fine: its caller names what that is. */
  private ArchRule noMethodThrowsException() {
    return methods()
        .that()
        .areDeclaredInClassesThat(ArchitectureRules.ours(base))
        .should(
            new ArchCondition<>("not declare Exception or Throwable") {
              @Override
              public void check(JavaMethod method, ConditionEvents events) {
                for (Type type : method.reflect().getGenericExceptionTypes()) {
                  if (type == Exception.class || type == Throwable.class) {
                    events.add(
                        SimpleConditionEvent.violated(
                            method, method.getFullName() + " throws " + type));
                  }
                }
              }
            })
        .allowEmptyShould(true);
  }

  private ArchRule noStandardOutput() {
    return noClasses()
        .that(ArchitectureRules.ours(base).and(not(resideInAPackage(base + ".cli.."))))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err");
  }

  private ArchRule noSleepAndNoBlock() {
    return noClasses()
        .that(ArchitectureRules.ours(base))
        .should()
        .callMethodWhere(target("wait by sleep or block", "java\\.lang\\.Thread", "sleep"))
        .orShould()
        .callMethodWhere(
            target(
                "block",
                "reactor\\.core\\.publisher\\.(Mono|Flux)",
                "block.*|toIterable|toStream"));
  }

  private ArchRule schedulersWhereFluxesAreMade() {
    return noClasses()
        .that(
            ArchitectureRules.ours(base)
                .and(not(resideInAnyPackage(base, base + ".pipeline..", base + ".export.."))))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("reactor.core.scheduler.Schedulers");
  }

  private ArchRule timeComesFromAClock() {
    return noClasses()
        .that(ArchitectureRules.ours(base))
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(LocalDateTime.class, "now");
  }

  static DescribedPredicate<JavaAccess<?>> target(String description, String owner, String method) {
    return DescribedPredicate.describe(
        description,
        access ->
            access.getTargetOwner().getName().matches(owner)
                && access.getTarget().getName().matches(method));
  }
}
