package sh.retina;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The architecture, as rules over a base package: {@code sh.retina} for the program, and one
 * package per rule under {@code sh.retina.planted} whose classes break it.
 */
final class ArchitectureRules {
  /** What each package may know of ours. The path of an event is bpf, journal, pipeline, export. */
  private static final Map<String, List<String>> KNOWS = new LinkedHashMap<>();

  static {
    KNOWS.put("bpf", List.of());
    KNOWS.put("event", List.of());
    KNOWS.put("journal", List.of());
    KNOWS.put("identity", List.of("event"));
    KNOWS.put("flow", List.of("event", "identity"));
    KNOWS.put("plugin", List.of("bpf", "event"));
    KNOWS.put("pipeline", List.of("journal", "plugin", "identity", "event", "bpf"));
    KNOWS.put("export", List.of("pipeline", "flow", "identity", "event"));
  }

  /** A rule and the name of the package that breaks it. */
  record Rule(String name, ArchRule check) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final String base;

  private ArchitectureRules(String base) {
    this.base = base;
  }

  static List<Rule> of(String base) {
    return new ArchitectureRules(base).all();
  }

  private List<Rule> all() {
    return Stream.of(
            new Rule("cycles", noCycles()),
            new Rule("knows", knowsOnlyWhatIsBelow()),
            new Rule("siblings", siblingsDoNotMeet()),
            new Rule("linker", nativeOnlyInBpf()),
            new Rule("memory", memorySegmentsOnThePath()),
            new Rule("chronicle", home("net.openhft..", "journal")),
            new Rule("reactor", home("reactor..", "pipeline", "export")),
            new Rule("protobuf", home("com.google.protobuf..", "flow", "identity", "export")),
            new Rule("spring", springAtTheEdges()),
            new Rule("vocabulary", eventIsVocabulary()),
            new Rule("jdkonly", eventImportsTheJdk()),
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

  /** Ours, without what protoc generates. */
  private DescribedPredicate<JavaClass> ours() {
    return resideInAPackage(base + "..")
        .and(not(resideInAnyPackage(base + "..proto..")))
        .as("ours");
  }

  private DescribedPredicate<JavaClass> within(String... packages) {
    List<String> patterns = new ArrayList<>(List.of(base)); // the root wires everything
    for (String name : packages) {
      patterns.add(base + "." + name + "..");
    }
    return resideInAnyPackage(patterns.toArray(String[]::new));
  }

  private ArchRule noCycles() {
    return slices().matching(base + ".(*)..").should().beFreeOfCycles();
  }

  private ArchRule knowsOnlyWhatIsBelow() {
    ArchRule[] rules =
        KNOWS.entrySet().stream()
            .map(entry -> {
              List<String> known = new ArrayList<>(entry.getValue());
              known.add(entry.getKey());
              String[] patterns =
                  known.stream().map(name -> base + "." + name + "..").toArray(String[]::new);
              return (ArchRule)
                  noClasses()
                      .that()
                      .resideInAPackage(base + "." + entry.getKey() + "..")
                      .should()
                      .dependOnClassesThat(
                          resideInAPackage(base + "..").and(not(resideInAnyPackage(patterns))))
                      .as(entry.getKey() + " knows of ours only " + entry.getValue())
                      .allowEmptyShould(true);
            })
            .toArray(ArchRule[]::new);
    return CompositeArchRule.of(List.of(rules));
  }

  private ArchRule siblingsDoNotMeet() {
    return CompositeArchRule.of(
            slices()
                .matching(base + ".plugin.(*)..")
                .should()
                .notDependOnEachOther()
                .allowEmptyShould(true))
        .and(
            slices()
                .matching(base + ".export.(*)..")
                .should()
                .notDependOnEachOther()
                .allowEmptyShould(true));
  }

  private ArchRule nativeOnlyInBpf() {
    return noClasses()
        .that(ours().and(not(resideInAPackage(base + ".bpf.."))))
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.lang\\.foreign\\.(Linker|SymbolLookup).*|java\\.lang\\.invoke\\.MethodHandle");
  }

  private ArchRule memorySegmentsOnThePath() {
    return noClasses()
        .that(ours().and(not(within("bpf", "journal", "plugin", "pipeline"))))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.MemorySegment");
  }

  private ArchRule home(String library, String... packages) {
    return noClasses()
        .that(ours().and(not(within(packages))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library);
  }

  /** A plugin's own package may declare itself to Spring; what runs plugins does not know it. */
  private ArchRule springAtTheEdges() {
    return noClasses()
        .that()
        .resideInAnyPackage(
            base + ".bpf..",
            base + ".event..",
            base + ".journal..",
            base + ".identity..",
            base + ".flow..",
            base + ".plugin")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.springframework..");
  }

  private ArchRule eventIsVocabulary() {
    DescribedPredicate<JavaClass> word =
        DescribedPredicate.describe(
            "records, enums and interfaces, the cursor Observation and the constants of Protocol",
            type ->
                type.isRecord()
                    || type.isEnum()
                    || type.isInterface()
                    || type.getEnclosingClass().map(JavaClass::isEnum).orElse(false)
                    || type.getSimpleName().equals("Observation")
                    || type.getSimpleName().equals("Protocol"));
    return classes()
        .that()
        .resideInAPackage(base + ".event..")
        .and(not(HasName.Predicates.nameMatching(".*\\.package-info")))
        .should(ArchCondition.from(word));
  }

  private ArchRule eventImportsTheJdk() {
    return classes()
        .that()
        .resideInAPackage(base + ".event..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..", "org.jspecify..", "com.google.errorprone..", base + ".event.."));
  }

  private ArchRule handlesAreConstants() {
    return fields()
        .that()
        .areDeclaredInClassesThat(ours())
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
                .that(ours())
                .and()
                .areAnnotatedWith(annotation)
                .should()
                .beRecords()
                .allowEmptyShould(true))
        .and(
            classes()
                .that(ours())
                .and()
                .areAnnotatedWith(annotation)
                .should()
                .haveSimpleNameEndingWith("Properties")
                .allowEmptyShould(true))
        .and(
            classes()
                .that(ours())
                .and()
                .haveSimpleNameEndingWith("Properties")
                .should()
                .beAnnotatedWith(annotation)
                .allowEmptyShould(true));
  }

  private ArchRule names() {
    return CompositeArchRule.of(
            noClasses()
                .that(ours())
                .should()
                .haveNameMatching(".*(Impl|Helper|Util|Utils|Base)")
                .orShould()
                .haveNameMatching(".*(?<!\\.Plugin)Manager"))
        .and(
            noClasses()
                .that(ours())
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
              .areDeclaredInClassesThat(ours())
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
        .that(ours().and(not(resideInAPackage(base))))
        .and()
        .areMetaAnnotatedWith("org.springframework.stereotype.Component")
        .should()
        .notBePublic()
        .allowEmptyShould(true);
  }

  private ArchRule noMutableStatics() {
    return fields()
        .that()
        .areDeclaredInClassesThat(ours())
        .and()
        .areStatic()
        .should()
        .beFinal()
        .allowEmptyShould(true);
  }

  /** {@code main}, {@code close} and {@code call} included: each names what it throws. */
  private ArchRule noMethodThrowsException() {
    return methods()
        .that()
        .areDeclaredInClassesThat(ours())
        .should(
            condition(
                "not declare Exception or Throwable",
                (method, events) ->
                    method.getExceptionTypes().stream()
                        .filter(type ->
                            type.isEquivalentTo(Exception.class)
                                || type.isEquivalentTo(Throwable.class))
                        .forEach(type ->
                            events.add(
                                SimpleConditionEvent.violated(
                                    method, method.getFullName() + " throws " + type.getName())))))
        .allowEmptyShould(true);
  }

  private static ArchCondition<JavaMethod> condition(
      String description, java.util.function.BiConsumer<JavaMethod, ConditionEvents> check) {
    return new ArchCondition<>(description) {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        check.accept(method, events);
      }
    };
  }

  private ArchRule noStandardOutput() {
    return noClasses()
        .that(ours().and(not(resideInAPackage(base + ".cli.."))))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err");
  }

  private ArchRule noSleepAndNoBlock() {
    return noClasses()
        .that(ours())
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
        .that(ours().and(not(within("pipeline", "export"))))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("reactor.core.scheduler.Schedulers");
  }

  private ArchRule timeComesFromAClock() {
    return noClasses()
        .that(ours())
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
