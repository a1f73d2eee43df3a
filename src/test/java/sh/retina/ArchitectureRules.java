package sh.retina;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
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
    KNOWS.put("guard", List.of("bpf", "plugin"));
    KNOWS.put("pipeline", List.of("journal", "plugin", "flow", "identity", "event", "bpf"));
    KNOWS.put("export", List.of("pipeline", "flow", "identity", "event"));
    KNOWS.put("cli", List.of("event", "crd", "job"));
    KNOWS.put("capture", List.of("bpf", "cli"));
    KNOWS.put("crd", List.of());
    KNOWS.put("job", List.of("crd"));
    KNOWS.put("kubernetes", List.of("crd", "identity", "event"));
    KNOWS.put("operator", List.of("crd", "job", "kubernetes", "cli"));
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
            new Rule("grpc", home("io.grpc..", "export.hubble")),
            new Rule(
                "fabric8", home("io.fabric8..", "crd", "job", "kubernetes", "operator", "cli")),
            new Rule("aws", home("software.amazon..", "capture.output", "cli.capture")),
            new Rule("kafka", home("org.apache.kafka..", "export.flowlog")),
            new Rule("cloud", home("org.springframework.cloud..", "kubernetes", "operator")),
            new Rule("spring", springAtTheEdges()),
            new Rule("vocabulary", eventIsVocabulary()),
            new Rule("jdkonly", eventImportsTheJdk()))
        .toList();
  }

  /** Ours, without what protoc generates. */
  static DescribedPredicate<JavaClass> ours(String base) {
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
        .that(ours(base).and(not(resideInAPackage(base + ".bpf.."))))
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.lang\\.foreign\\.(Linker|SymbolLookup).*|java\\.lang\\.invoke\\.MethodHandle");
  }

  private ArchRule memorySegmentsOnThePath() {
    return noClasses()
        .that(ours(base).and(not(within("bpf", "journal", "plugin", "pipeline"))))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.MemorySegment");
  }

  private ArchRule home(String library, String... packages) {
    return noClasses()
        .that(ours(base).and(not(within(packages))))
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
            base + ".crd..",
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
}
