package sh.retina.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import sh.retina.flow.proto.FlowFilter;

class FlowQueryTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  /** Flags about what the agent does not see yet; each is refused. */
  private static final Set<String> NOT_YET =
      Set.of("ip-trace-id", "snat-ip", "cel-expression", "encrypted", "unencrypted");

  private static final Map<String, String> SHORT =
      Map.of("t", "type", "n", "namespace", "l", "label", "A", "all-namespaces");

  /** What {@code hubble observe} prints for its own flags, one case per command line. */
  static Stream<Arguments> commandLines() {
    List<Arguments> cases = new ArrayList<>();
    String flags = null;
    List<String> allow = new ArrayList<>();
    List<String> deny = new ArrayList<>();
    List<String> into = allow;
    for (String line : lines()) {
      if (line.startsWith("### ")) {
        if (flags != null) {
          cases.add(Arguments.of(flags, allow, deny));
        }
        flags = line.substring(4);
        allow = new ArrayList<>();
        deny = new ArrayList<>();
        into = allow;
      } else if (line.startsWith("denylist:")) {
        into = deny;
      } else if (line.startsWith("    - '")) {
        into.add(line.substring(7, line.length() - 1));
      }
    }
    cases.add(Arguments.of(flags, allow, deny));
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("commandLines")
  void shouldMakeTheSameFiltersAsTheHubbleCommand(
      String flags, List<String> allow, List<String> deny) {
    Map<String, List<String>> parameters = parameters(flags);

    if (parameters.keySet().stream().anyMatch(NOT_YET::contains)) {
      assertThatThrownBy(() -> parse(parameters))
          .isInstanceOf(FlowFilterException.class)
          .hasMessageContaining("not supported yet");
      return;
    }
    if (flags.equals("--pod a --fqdn b")) {
      // Hubble's command refuses it too.
      assertThatThrownBy(() -> parse(parameters)).isInstanceOf(FlowFilterException.class);
      return;
    }
    if (flags.contains("agent:policy-updated")) {
      // The names of agent events: no flow has one, and their numbers work.
      assertThatThrownBy(() -> parse(parameters)).isInstanceOf(FlowFilterException.class);
      return;
    }
    FlowQuery query = parse(parameters);
    assertThat(query.whitelist()).isEqualTo(filters(allow));
    assertThat(query.blacklist()).isEqualTo(filters(deny));
  }

  @Test
  void shouldReadAllCommandLines() {
    assertThat(commandLines()).hasSizeGreaterThan(60);
  }

  @Test
  void shouldFollowUnlessAskedForSomethingThatIsOver() {
    assertThat(parse(Map.of()).follow()).isTrue();
    assertThat(parse(Map.of("since", List.of("5m"))).follow()).isTrue();
    assertThat(parse(Map.of("last", List.of("5"))).follow()).isFalse();
    assertThat(parse(Map.of("first", List.of("5"))).follow()).isFalse();
    assertThat(parse(Map.of("until", List.of("5m"))).follow()).isFalse();
    assertThat(parse(Map.of("last", List.of("5"), "follow", List.of(""))).follow()).isTrue();
    assertThat(parse(Map.of("follow", List.of("false"))).last()).isEqualTo(FlowQuery.DEFAULT_LAST);
    assertThat(parse(Map.of("follow", List.of("false"), "since", List.of("5m"))).last()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "5m, 2026-01-02T02:59:05Z",
    "1h30m, 2026-01-02T01:34:05Z",
    "1.5s, 2026-01-02T03:04:03.500Z",
    "2d, 2025-12-31T03:04:05Z",
    "250ms, 2026-01-02T03:04:04.750Z",
    "2026-01-01T00:00:00Z, 2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.5+01:00, 2025-12-31T23:00:00.500Z",
    "2026-01-01T00:00:00 01:00, 2025-12-31T23:00:00Z",
    "2026-01-01, 2026-01-01T00:00:00Z",
    "1767225600, 2026-01-01T00:00:00Z",
  })
  void shouldReadMoments(String text, Instant moment) {
    assertThat(parse(Map.of("since", List.of(text))).since()).isEqualTo(moment);
    assertThat(parse(Map.of("until", List.of(text))).until()).isEqualTo(moment);
  }

  @ParameterizedTest
  @CsvSource({
    "since, yesterday",
    "since, 1767225600000",
    "since, -5m",
    "since, 999999999d",
    "since, 2026-02-30",
    "since, +999999999-01-01T00:00:00Z",
    "last, 0",
    "last, -1",
    "last, 100001",
    "last, many",
    "follow, maybe",
    "port, http",
    "port, ''",
    "not.port, http",
    "from-ip, 1.2.3",
    "verdict, LOST",
    "verdict, UNRECOGNIZED",
    "tcp-flags, SYN;ACK",
    "type, lost",
    "type, trace:nowhere",
    "pod, ''",
    "namespace, a/b",
    "workload, a/b/c",
    "identity, 4294967296",
    "ipv4, false",
    "label, a b",
    "allowlist, {",
    "denylist, '{\"nope\":1}'",
    "not.since, 5m",
    "not.not.port, 80",
    "colour, red",
    "from-verdict, DROPPED",
    "from-all-namespaces, ''",
  })
  void shouldNameTheParameterThatIsWrong(String name, String value) {
    assertThatThrownBy(() -> parse(Map.of(name, List.of(value))))
        .isInstanceOfSatisfying(
            FlowFilterException.class,
            e -> assertThat(e.faults().getFirst().field()).isEqualTo(name));
  }

  @Test
  void shouldNameAllFaultsAtOnceAndWhatIsKnown() {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    parameters.put("colour", List.of("red"));
    parameters.put("port", List.of("x", "80", "y"));
    parameters.put("since", List.of("z"));

    assertThatThrownBy(() -> parse(parameters))
        .isInstanceOfSatisfying(
            FlowFilterException.class,
            e -> {
              assertThat(e.faults().stream().map(FlowFault::field))
                  .containsExactly("colour", "port", "port", "since");
              assertThat(e.getMessage()).contains("known: ", "from-pod", "since", "not.NAME");
            });
  }

  @Test
  void shouldRefuseCombinationsThatMeanNothing() {
    assertRefused(Map.of("last", List.of("1"), "first", List.of("1")));
    assertRefused(Map.of("last", List.of("1"), "since", List.of("1h")));
    assertRefused(Map.of("first", List.of("1"), "follow", List.of("true")));
    assertRefused(Map.of("since", List.of("1h"), "until", List.of("2h")));
    assertRefused(Map.of("since", List.of("1h", "2h")));
    assertRefused(Map.of("pod", List.of("a"), "from-pod", List.of("b")));
    assertRefused(Map.of("namespace", List.of("a"), "to-pod", List.of("b")));
    assertRefused(Map.of("port", List.of("1"), "to-port", List.of("2")));
    assertRefused(Map.of("namespace", List.of("a"), "pod", List.of("b/c")));
  }

  @Test
  void shouldOnlyEverRefuseRandomQueries() {
    Random random = new Random(11);
    List<String> names = new ArrayList<>(FlowQueryRange.NAMES);
    names.addAll(FlowQueryParameters.ONE_SIDED.keySet());
    for (String name : FlowQueryParameters.TWO_SIDED.keySet()) {
      names.addAll(List.of(name, "from-" + name, "to-" + name));
    }
    names.addAll(FlowQuerySide.NAMES);
    names.addAll(List.of("allowlist", "denylist", "", "not."));
    String alphabet = "az09AZ:./*!=<>(),-_ \t$[]{}\"%~smhdTé\u0000\ud83d";
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      Map<String, List<String>> parameters = new LinkedHashMap<>();
      for (int p = random.nextInt(3); p >= 0; p--) {
        StringBuilder text = new StringBuilder();
        for (int j = random.nextInt(8); j > 0; j--) {
          text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        String name = names.get(random.nextInt(names.size()));
        parameters.put(random.nextInt(4) == 0 ? "not." + name : name, List.of(text.toString()));
      }
      try {
        FlowQuery query = parse(parameters);
        FlowFilters.compile(query.whitelist(), query.blacklist(), Observations.NODE)
            .matches(Observations.tcp());
        accepted++;
      } catch (FlowFilterException e) {
        assertThat(e.faults()).isNotEmpty();
      }
    }
    assertThat(accepted).isBetween(500, 10_000);
  }

  private static void assertRefused(Map<String, List<String>> parameters) {
    assertThatThrownBy(() -> parse(parameters)).isInstanceOf(FlowFilterException.class);
  }

  @Test
  void shouldReadADurationOfManyParts() {
    assertThat(parse(Map.of("since", List.of("1s".repeat(100_000)))).since())
        .isEqualTo(NOW.minusSeconds(100_000));
    assertThatThrownBy(() -> parse(Map.of("since", List.of("1s".repeat(100_000) + "x"))))
        .isInstanceOf(FlowFilterException.class);
  }

  @Test
  void shouldRefuseThousandsOfCombinations() {
    List<String> names = java.util.stream.IntStream.range(0, 300).mapToObj(i -> "n" + i).toList();

    assertThatThrownBy(() -> parse(Map.of("pod", names, "namespace", names)))
        .isInstanceOf(FlowFilterException.class)
        .hasMessage("pod: more than 1000 combinations with the namespaces");
  }

  @Test
  void shouldQuoteWhatAClientSentWithoutItsControlCharacters() {
    assertThatThrownBy(() -> parse(Map.of("ip", List.of("\u001b[2J" + "x".repeat(10_000)))))
        .isInstanceOf(FlowFilterException.class)
        .hasMessageContaining("\\027[2Jxxx")
        .hasMessageEndingWith(sh.retina.event.SafeText.CUT)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(5_000));
  }

  private static FlowQuery parse(Map<String, List<String>> parameters) {
    return FlowQuery.parse(parameters, Observations.NODE, NOW);
  }

  private static Map<String, List<String>> parameters(String flags) {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    String not = "";
    List<String> words = new ArrayList<>(List.of(flags.split(" ")));
    while (!words.isEmpty()) {
      String flag = words.removeFirst().replaceFirst("^--?", "");
      switch (flag) {
        case "not" -> {
          not = "not.";
          continue;
        }
        case "4" -> flag = "ipv4";
        case "6" -> flag = "ipv6";
        case "not-reply" -> {
          // also a parameter of its own
        }
        default -> flag = SHORT.getOrDefault(flag, flag);
      }
      StringBuilder value = new StringBuilder();
      while (!words.isEmpty() && !words.getFirst().startsWith("-")) {
        value.append(value.isEmpty() ? "" : " ").append(words.removeFirst());
      }
      parameters.computeIfAbsent(not + flag, _ -> new ArrayList<>()).add(value.toString());
      not = "";
    }
    return parameters;
  }

  private static List<FlowFilter> filters(List<String> jsons) {
    List<FlowFilter> filters = new ArrayList<>();
    for (String json : jsons) {
      try {
        FlowFilter.Builder filter = FlowFilter.newBuilder();
        JsonFormat.parser().merge(json, filter);
        filters.add(filter.build());
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalArgumentException(json, e);
      }
    }
    return filters;
  }

  private static List<String> lines() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    FlowQueryTest.class.getResourceAsStream("/hubble-cli-filters.txt")),
                StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
