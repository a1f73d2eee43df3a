package sh.retina.export.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Bearer tokens of who asks from beyond loopback, by the word of the API server. Its word is kept
 * for {@link #KEEP_ALLOWED} or {@link #KEEP_REFUSED}, under a hash of the token; how often it is
 * asked is bounded, for each peer and for all. Thread-safe.
 */
public final class Authorization {
  static final Duration KEEP_ALLOWED = Duration.ofMinutes(1);
  static final Duration KEEP_REFUSED = Duration.ofSeconds(10);

  /** Of an uncached question: a person's clients never come near. */
  static final int PEER_BURST = 10;

  private static final int PEER_PER_SECOND = 1;
  private static final int ALL_BURST = 40;
  private static final int ALL_PER_SECOND = 20;
  private static final int MAX_PEERS = 4_096;
  private static final int MAX_KEPT = 1_024;
  private static final long QUIET_NS = Duration.ofMinutes(1).toNanos();
  private static final Logger LOG = LoggerFactory.getLogger(Authorization.class);

  private final Reviewer reviewer;
  private final LongSupplier nanoClock;
  private final Scheduler scheduler;
  private final Buckets peers;
  private final Buckets all;
  private final LinkedHashMap<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, Mono<Answer>> asked = new ConcurrentHashMap<>();
  private final AtomicLong saidNs;

  private record Kept(Answer answer, long untilNs) {}

  /** {@code nanoClock}: monotonic. */
  public Authorization(Reviewer reviewer, LongSupplier nanoClock) {
    this.reviewer = reviewer;
    this.nanoClock = nanoClock;
    this.scheduler = Schedulers.fromExecutorService(Executors.newVirtualThreadPerTaskExecutor());
    this.peers = new Buckets(PEER_BURST, PEER_PER_SECOND, MAX_PEERS, nanoClock);
    this.all = new Buckets(ALL_BURST, ALL_PER_SECOND, 1, nanoClock);
    this.saidNs = new AtomicLong(nanoClock.getAsLong() - QUIET_NS);
  }

  /** Whether the token's owner may; {@code peer} is who asks. Never fails. */
  Mono<Answer> of(String peer, String token, String verb, String path) {
    String key = digest(token + '\n' + verb + '\n' + path);
    return Mono.defer(() -> {
      Kept known = kept(key);
      if (known != null) {
        return Mono.just(known.answer());
      }
      Mono<Answer> running = asked.get(key);
      if (running != null) {
        return running;
      }
      if (!peers.take(peer) || !all.take("")) {
        return Mono.just(Answer.BUSY);
      }
      return asked.computeIfAbsent(key, _ -> ask(key, peer, token, verb, path));
    });
  }

  private Mono<Answer> ask(String key, String peer, String token, String verb, String path) {
    return Mono.fromCallable(() -> reviewer.review(token, verb, path))
        .subscribeOn(scheduler)
        .map(review -> {
          Answer answer = answer(review);
          LOG.info(
              "access answer={} user={} peer={} verb={} path={}",
              answer,
              review.user(),
              peer,
              verb,
              path);
          keep(key, answer);
          asked.remove(key);
          return answer;
        })
        .onErrorResume(e -> {
          complain(e);
          asked.remove(key);
          return Mono.just(Answer.UNAVAILABLE);
        })
        .cache();
  }

  private static Answer answer(Reviewer.Review review) {
    if (review.user().isEmpty()) {
      return Answer.UNKNOWN;
    }
    return review.isAllowed() ? Answer.ALLOWED : Answer.FORBIDDEN;
  }

  private @org.jspecify.annotations.Nullable Kept kept(String key) {
    synchronized (kept) {
      Kept known = kept.get(key);
      return known == null || known.untilNs() - nanoClock.getAsLong() <= 0 ? null : known;
    }
  }

  private void keep(String key, Answer answer) {
    Duration time = answer == Answer.ALLOWED ? KEEP_ALLOWED : KEEP_REFUSED;
    synchronized (kept) {
      kept.put(key, new Kept(answer, nanoClock.getAsLong() + time.toNanos()));
      if (kept.size() > MAX_KEPT) {
        Map.Entry<String, Kept> eldest = kept.firstEntry();
        kept.remove(eldest.getKey());
      }
    }
  }

  /** Once a minute at most: who asks decides how often this happens. */
  private void complain(Throwable e) {
    long now = nanoClock.getAsLong();
    long last = saidNs.get();
    if (now - last >= QUIET_NS && saidNs.compareAndSet(last, now)) {
      LOG.warn("access cannot be reviewed cause={}", e.toString());
    }
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // each Java has it
    }
  }
}
