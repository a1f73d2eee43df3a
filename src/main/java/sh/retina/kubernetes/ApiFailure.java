package sh.retina.kubernetes;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sh.retina.event.SafeText;

/** A request to the API server that did not do what it should. */
final class ApiFailure extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final int LONGEST_REASON = 300;

  /** What went wrong, as metrics name it in lower case. */
  enum Cause {
    /** Nobody listens, or no way there. */
    UNREACHABLE,
    /** It is there and says nothing: a connection of which one end is gone, too. */
    SILENT,
    /** Its certificate is over, of another authority, or of another name. */
    UNTRUSTED,
    /** 401 or 403: the token, or what it may. */
    FORBIDDEN,
    /** 404: nobody installed this kind. */
    ABSENT,
    /** 410: the version to go on from is no longer kept. */
    EXPIRED,
    /** 429: too many requests. */
    THROTTLED,
    /** Any other status. */
    FAILED,
    /** The answer broke off, or is not JSON. */
    BROKEN;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Cause reason;
  private final Duration retryAfter;

  private ApiFailure(Cause reason, String message, Duration retryAfter, @Nullable Throwable cause) {
    super(SafeText.TEXT.of(message, LONGEST_REASON), cause);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  static ApiFailure of(Cause reason, String message, @Nullable Throwable cause) {
    return new ApiFailure(reason, message, Duration.ZERO, cause);
  }

  /**
   * An answer with this HTTP status, or a Status object in place of an event.
   *
   * @param retryAfter what the server asks to wait at least
   */
  static ApiFailure ofStatus(int code, String message, Duration retryAfter) {
    Cause reason =
        switch (code) {
          case 401, 403 -> Cause.FORBIDDEN;
          case 404 -> Cause.ABSENT;
          case 410 -> Cause.EXPIRED;
          case 429 -> Cause.THROTTLED;
          default -> Cause.FAILED;
        };
    return new ApiFailure(reason, "status " + code + ": " + message, retryAfter, null);
  }

  Cause reason() {
    return reason;
  }

  Duration retryAfter() {
    return retryAfter;
  }
}
