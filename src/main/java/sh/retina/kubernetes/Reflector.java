package sh.retina.kubernetes;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Keeps a model equal to one kind of objects of the cluster: lists them in pages, then follows
 * changes from the list's version on, for as long as it is not closed. A watch that ends is taken
 * up where it ended; where the server no longer knows that place, all is listed again and what is
 * missing is told as gone, so that no change is passed over. While the server cannot be had the
 * model stays as it is. Runs on a thread of its own.
 */
final class Reflector implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Reflector.class);
  private static final int PAGE = 500;

  private static final Duration LIST_SILENCE = Duration.ofSeconds(30);
  private static final int MIN_WATCH_SECONDS = 300;
  private static final Duration FIRST_WAIT = Duration.ofMillis(250);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  /** Of what may be installed any day: nobody waits for it. */
  private static final Duration ABSENT_WAIT = Duration.ofMinutes(1);

  private final Resource resource;
  private final ApiConnection api;
  private final ClusterModel model;
  private final WatchStatus status;
  private final Duration silence;
  private final Interner interner;
  private final RandomGenerator random = RandomGenerator.getDefault();
  private final Backoff backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT, random);
  private volatile @Nullable ResponseStream open;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Where to go on; null: everything has to be listed. */
  private @Nullable String version;

  /** The least version that a list may have; empty: the newest, by all that keep it. */
  private String floor = "0";

  /** {@code silence}: how long a watch may hear nothing. */
  Reflector(
      Resource resource,
      ApiConnection api,
      ClusterModel model,
      WatchStatus status,
      Duration silence,
      Interner interner) {
    this.resource = resource;
    this.api = api;
    this.model = model;
    this.status = status;
    this.silence = silence;
    this.interner = interner;
  }

  @Override
  public void run() {
    while (!isClosed()) {
      Duration pause;
      try {
        String from = version;
        watch(from == null ? list() : from);
        pause = Duration.ofMillis(random.nextLong(200)); // ended by the server, as it should
      } catch (RuntimeException e) { // whatever it is, the next try may do
        pause = failed(ApiConnection.failure(e));
      }
      pause(pause);
    }
  }

  private Duration failed(ApiFailure failure) {
    if (isClosed()) {
      return Duration.ZERO;
    }
    switch (failure.reason()) {
      case EXPIRED -> {
        version = null;
        floor = "";
      }
      case ABSENT -> {
        if (resource.isOptional()) {
          status.absent();
          version = null;
          model.replace(resource.name(), List.of());
          return ABSENT_WAIT;
        }
      }
      case FORBIDDEN -> model.doWithout(resource.name());
      case FAILED -> floor = ""; // also: it does not know a version as new as that
      case BROKEN, SILENT, THROTTLED, UNREACHABLE, UNTRUSTED -> {
        // As it was, later.
      }
    }
    if (status.isUp()
        || status.failures().values().stream().mapToLong(Long::longValue).sum() == 0) {
      LOG.warn("the watch of {} is interrupted: {}", resource.name(), failure.getMessage());
    }
    status.failed(failure);
    return backoff.next(failure.retryAfter());
  }

  private void pause(Duration time) {
    try {
      boolean _ = closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed.countDown();
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Everything there is; the version that it holds for. */
  private String list() {
    List<ClusterObject> all = new ArrayList<>();
    String[] next = {""};
    String[] at = {""};
    do {
      String page = "limit=" + PAGE;
      page +=
          next[0].isEmpty()
              ? floor.isEmpty() ? "" : "&resourceVersion=" + floor
              : "&continue=" + URLEncoder.encode(next[0], StandardCharsets.UTF_8);
      next[0] = "";
      try (ResponseStream stream = opened(page, LIST_SILENCE);
          JsonParser parser = ApiConnection.parser(stream)) {
        parser.nextToken();
        JsonFields.of(
            parser,
            (name, p) -> {
              switch (name) {
                case "metadata" ->
                    JsonFields.of(
                        p,
                        (key, q) -> {
                          switch (key) {
                            case "resourceVersion" -> at[0] = JsonFields.text(q);
                            case "continue" -> next[0] = JsonFields.text(q);
                            default -> {
                              // remainingItemCount
                            }
                          }
                        });
                case "items" ->
                    JsonFields.items(
                        p, q -> all.add(resource.draft().get().read(q).finish(interner)));
                default -> {
                  // kind
                }
              }
            });
        if (parser.currentToken() != JsonToken.END_OBJECT) {
          throw ApiFailure.of(ApiFailure.Cause.BROKEN, "the list ends in the middle", null);
        }
      }
    } while (!next[0].isEmpty());
    boolean isFirst = !status.isSynced();
    model.replace(resource.name(), all);
    version = at[0];
    floor = at[0];
    status.listed();
    backoff.reset();
    LOG.info(
        "{} {} of the cluster are known{}", all.size(), resource.name(), isFirst ? "" : " again");
    return at[0];
  }

  /** Follows until the server ends it. */
  private void watch(String from) {
    int seconds = MIN_WATCH_SECONDS + random.nextInt(MIN_WATCH_SECONDS);
    String query =
        "watch=true&allowWatchBookmarks=true&timeoutSeconds="
            + seconds
            + "&resourceVersion="
            + URLEncoder.encode(from, StandardCharsets.UTF_8);
    try (ResponseStream stream = opened(query, silence)) {
      status.up(); // before the parser, which waits for the first event
      try (JsonParser parser = ApiConnection.parser(stream)) {
        while (parser.nextToken() != null) {
          event(parser);
          status.heard();
          backoff.reset();
        }
      }
    } catch (JacksonException e) {
      throw ApiConnection.failure(e);
    }
  }

  private void event(JsonParser parser) {
    String[] type = {""};
    Draft draft = resource.draft().get();
    JsonFields.of(
        parser,
        (name, p) -> {
          switch (name) {
            case "type" -> type[0] = JsonFields.text(p);
            case "object" -> draft.read(p);
            default -> {
              // no other
            }
          }
        });
    switch (type[0]) {
      case "ADDED", "MODIFIED" -> model.put(resource.name(), draft.finish(interner));
      case "DELETED" -> model.remove(resource.name(), draft.finish(interner));
      case "BOOKMARK" -> {
        // Only its version counts.
      }
      default -> throw ApiFailure.ofStatus(draft.code, draft.message, Duration.ZERO);
    }
    if (!draft.meta.resourceVersion.isEmpty()) {
      version = draft.meta.resourceVersion;
      floor = draft.meta.resourceVersion;
    }
  }

  private ResponseStream opened(String query, Duration silence) {
    String all = resource.query().isEmpty() ? query : resource.query() + "&" + query;
    ResponseStream stream = api.get(resource.path() + "?" + all, silence);
    open = stream;
    if (isClosed()) {
      stream.close();
    }
    return stream;
  }

  /** Ends {@link #run} soon, from another thread. */
  void close() {
    closed.countDown();
    ResponseStream stream = open;
    if (stream != null) {
      stream.close();
    }
  }
}
