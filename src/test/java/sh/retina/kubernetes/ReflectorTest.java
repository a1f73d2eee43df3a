package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the model when a server answers by this script. */
class ReflectorTest {
  private static final long PATIENCE_NS = 30_000_000_000L;

  @TempDir private Path directory;
  private final ScriptedServer server = new ScriptedServer();
  private final Interner interner = new Interner();
  private final ClusterModel model =
      new ClusterModel(
          new KubernetesSettings(
              "",
              "n",
              List.of(),
              KubernetesSettings.Pods.LOCAL,
              Set.of(),
              false,
              Duration.ofSeconds(30)),
          Set.of("services"),
          interner,
          () -> {});
  private final WatchStatus status = new WatchStatus("services", System::nanoTime);
  private final List<Runnable> ends = new ArrayList<>();

  private void run(Duration silence) {
    ApiConnection api = new ApiConnection(server.kubeconfig(directory).toString());
    Reflector reflector = new Reflector(Resource.services(), api, model, status, silence, interner);
    ends.addAll(List.of(reflector::close, api::close));
    Thread.ofVirtual().start(reflector);
  }

  @AfterEach
  void stop() {
    ends.forEach(Runnable::run);
    server.close();
  }

  @Test
  void shouldListInPagesAndGoOnFromTheListsVersion() {
    server
        .then(200, list("7", "next/page", "a", "b"))
        .then(200, list("7", "", "c"))
        .then(200, event("ADDED", "d", 9) + event("DELETED", "a", 11) + event("BOOKMARK", "", 20));

    run(Duration.ofSeconds(30));
    await(() -> server.asked().size() == 4);

    assertThat(model.count("services")).isEqualTo(3);
    assertThat(server.asked())
        .satisfiesExactly(
            first -> assertThat(first).contains("limit=500").contains("resourceVersion=0"),
            second ->
                assertThat(second).contains("continue=next%2Fpage").doesNotContain("resourceV"),
            watch ->
                assertThat(watch)
                    .contains("watch=true", "allowWatchBookmarks=true", "resourceVersion=7"),
            again -> assertThat(again).contains("watch=true", "resourceVersion=20"));
    assertThat(status.isUp()).isTrue();
    assertThat(status.lists()).isEqualTo(1);
  }

  @Test
  void shouldListAgainAndForgetWhatIsMissingWhenTheVersionIsGone() {
    server
        .then(200, list("7", "", "a", "b"))
        .then(200, event("ADDED", "c", 8) + gone())
        .then(200, list("30", "", "b", "d"));

    run(Duration.ofSeconds(30));
    await(() -> server.asked().size() == 4);

    assertThat(model.count("services")).isEqualTo(2);
    assertThat(failures("expired")).isEqualTo(1);
    assertThat(server.asked().get(2)).as("the newest").doesNotContain("resourceVersion=");
    assertThat(server.asked().get(3)).contains("resourceVersion=30");
    assertThat(status.isUp()).isTrue();
  }

  @Test
  void shouldWaitForAsLongAsTheServerAsks() {
    server.thenThrottle(2).then(200, list("7", "", "a"));
    long start = System.nanoTime();

    run(Duration.ofSeconds(30));
    await(status::isUp);

    assertThat(System.nanoTime() - start).isGreaterThan(2_000_000_000L);
    assertThat(failures("throttled")).isEqualTo(1);
    assertThat(status.fault()).isEmpty();
  }

  @Test
  void shouldKeepTheLastStateWhenAnswersAreBroken() {
    server
        .then(200, list("7", "", "a", "b"))
        .then(200, "{\"type\":\"ADDED\",\"object\":{\"metada")
        .then(500, "no json")
        .then(200, "[[[")
        .then(200, event("ADDED", "c", 9));

    run(Duration.ofSeconds(30));
    await(() -> server.asked().size() == 6);

    assertThat(model.count("services")).isEqualTo(3);
    assertThat(failures("broken")).isEqualTo(2);
    assertThat(failures("failed")).isEqualTo(1);
    assertThat(server.asked().subList(1, 5))
        .as("the same place each time")
        .allSatisfy(asked -> assertThat(asked).contains("watch=true", "resourceVersion=7"));
  }

  @Test
  void shouldLeaveAConnectionThatHasGoneQuiet() {
    server.then(200, list("7", "", "a"));

    run(Duration.ofMillis(300));
    await(() -> failures("silent") >= 2);

    assertThat(model.count("services")).isEqualTo(1);
    assertThat(server.asked().getLast()).contains("watch=true", "resourceVersion=7");
  }

  private long failures(String cause) {
    return status.failures().getOrDefault(cause, 0L);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE_NS;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("still waiting").isLessThan(end);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private static String list(String version, String next, String... names) {
    StringBuilder items = new StringBuilder();
    for (String name : names) {
      items.append(items.isEmpty() ? "" : ",").append(service(name, 1));
    }
    return "{\"kind\":\"ServiceList\",\"metadata\":{\"resourceVersion\":\"%s\",\"continue\":\"%s\"},\"items\":[%s]}"
        .formatted(version, next, items);
  }

  private static String event(String type, String name, int version) {
    return "{\"type\":\"%s\",\"object\":%s}\n".formatted(type, service(name, version));
  }

  private static String gone() {
    return "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old"
        + " resource version\"}}\n";
  }

  private static String service(String name, int version) {
    return "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"n\",\"resourceVersion\":\"%d\",\"managedFields\":[{\"a\":[1,{}]}]},\"spec\":{\"clusterIP\":\"10.0.0.%d\",\"ports\":[{\"port\":80}]}}"
        .formatted(name, version, version % 250);
  }
}
