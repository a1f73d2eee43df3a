package sh.retina.job;

/** A capture that cannot be begun as it stands; the message says what to change. */
public final class CaptureRefused extends Exception {
  private static final long serialVersionUID = 1;

  /** Words of conditions, those that Retina's users know. */
  public enum Reason {
    EXCEED_JOB_NUM_LIMIT("ExceedJobNumLimit"),
    FIND_SECRET_FAILED("FindSecretFailed"),
    CREATE_JOB_FAILED("CreateJobFailed"),
    OTHER_ERROR("OtherError");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  private final Reason reason;

  public CaptureRefused(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  static CaptureRefused other(String message) {
    return new CaptureRefused(Reason.OTHER_ERROR, message);
  }

  public Reason reason() {
    return reason;
  }
}
