package sh.retina.export.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is kept of the API server's word, and how often it is asked. */
@Timeout(60)
class AuthorizationTest {
  private final AtomicLong now = new AtomicLong();
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final Authorization authorization =
      new Authorization(
          (token, verb, path) -> {
            asked.add(token + " " + verb + " " + path);
            if (token.startsWith("down")) {
              throw new IllegalStateException("nobody answers");
            }
            return new Reviewer.Review(token.startsWith("bad") ? "" : "ada", !token.equals("poor"));
          },
          now::get);

  @Test
  void shouldAskOncePerTimeThatAnAnswerIsKept() {
    assertThat(answer("good")).isEqualTo(Answer.ALLOWED);
    assertThat(answer("poor")).isEqualTo(Answer.FORBIDDEN);
    assertThat(answer("bad")).isEqualTo(Answer.UNKNOWN);
    assertThat(asked).hasSize(3);

    now.addAndGet(Authorization.KEEP_REFUSED.toNanos() - 1);
    assertThat(answer("good")).isEqualTo(Answer.ALLOWED);
    assertThat(answer("poor")).isEqualTo(Answer.FORBIDDEN);
    assertThat(asked).hasSize(3);

    now.addAndGet(1);
    assertThat(answer("poor")).isEqualTo(Answer.FORBIDDEN);
    assertThat(asked).as("a refusal is asked for again soon").hasSize(4);

    now.set(Authorization.KEEP_ALLOWED.toNanos());
    assertThat(answer("good")).isEqualTo(Answer.ALLOWED);
    assertThat(asked).hasSize(5);
  }

  @Test
  void shouldTellPathsAndVerbsApart() {
    authorization.of("p", "good", "get", "/flows").block();
    authorization.of("p", "good", "get", "/other").block();
    authorization.of("p", "good", "post", "/flows").block();

    assertThat(asked).containsExactly("good get /flows", "good get /other", "good post /flows");
  }

  @Test
  void shouldNotKeepThatNobodyAnswered() {
    assertThat(answer("down")).isEqualTo(Answer.UNAVAILABLE);
    assertThat(answer("down")).isEqualTo(Answer.UNAVAILABLE);

    assertThat(asked).hasSize(2);
  }

  @Test
  void shouldLetOnePeerGuessSlowlyAndNotBeInAnothersWay() {
    for (int i = 0; i < Authorization.PEER_BURST; i++) {
      assertThat(answer("bad" + i)).isEqualTo(Answer.UNKNOWN);
    }
    assertThat(answer("bad-more")).isEqualTo(Answer.BUSY);
    assertThat(answer("bad0")).as("what is kept costs nothing").isEqualTo(Answer.UNKNOWN);
    assertThat(authorization.of("other", "good", "get", "/flows").block())
        .isEqualTo(Answer.ALLOWED);
    assertThat(answer("good")).as("kept for all").isEqualTo(Answer.ALLOWED);

    now.addAndGet(1_000_000_000L);
    assertThat(answer("bad-more")).isEqualTo(Answer.UNKNOWN);
    assertThat(answer("bad-again")).isEqualTo(Answer.BUSY);
  }

  @Test
  void shouldBoundWhatAllPeersTogetherMayAsk() {
    int answered = 0;
    for (int i = 0; i < 100; i++) {
      Answer answer = authorization.of("peer" + i, "bad" + i, "get", "/flows").block();
      answered += answer == Answer.UNKNOWN ? 1 : 0;
    }

    assertThat(answered).isEqualTo(40);
    assertThat(asked).hasSize(40);
  }

  @Test
  void shouldForgetThePeerThatWasQuietForLongest() {
    Buckets buckets = new Buckets(1, 0, 2, now::get);
    assertThat(buckets.take("a")).isTrue();
    assertThat(buckets.take("a")).isFalse();
    assertThat(buckets.take("b")).isTrue();
    assertThat(buckets.take("a")).as("still known").isFalse();
    assertThat(buckets.take("c")).isTrue();
    assertThat(buckets.take("b")).as("forgotten").isTrue();
  }

  private Answer answer(String token) {
    return Objects.requireNonNull(authorization.of("p", token, "get", "/flows").block());
  }
}
