package sh.retina.capture.flow;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;

/**
 * Fires when flows of a kind were seen so often within a time. {@link #flow} and {@link #cause} may
 * be called by different threads.
 */
public final class FlowTrigger {
  private static final String DNS_ERROR = "DNS_ERROR";
  private static final String RETRANSMISSION = "TCP_RETRANSMISSION";

  /**
   * What is waited for.
   *
   * @param reason a drop's as metrics name it, {@code DNS_ERROR} or {@code TCP_RETRANSMISSION}
   * @param rate how many, at least 1
   * @param window within this
   */
  public record Settings(String reason, int rate, Duration window) {
    /** The filters of /flows that let it through. */
    public String query() {
      return switch (reason) {
        case DNS_ERROR -> "type=l7&protocol=dns";
        case RETRANSMISSION -> "type=trace-sock";
        default -> "verdict=DROPPED";
      };
    }
  }

  private record Seen(long ns, long count) {}

  private final Settings settings;
  private final LongSupplier nanoTime;
  private final long fromNs;
  private final Deque<Seen> seen = new ArrayDeque<>();
  private long inWindow;
  private volatile String cause = "";

  /**
   * One that waits.
   *
   * @param nanoTime a clock as System.nanoTime
   * @param fromNs by that clock; what is seen sooner does not count
   */
  public FlowTrigger(Settings settings, LongSupplier nanoTime, long fromNs) {
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.fromNs = fromNs;
  }

  /** What fired it; empty while nothing has. */
  public String cause() {
    return cause;
  }

  public void flow(JsonNode flow) {
    long now = nanoTime.getAsLong();
    if (!cause.isEmpty() || now - fromNs < 0 || !isMeant(flow)) {
      return;
    }
    long count = FlowText.packets(flow);
    seen.add(new Seen(now, count));
    inWindow += count;
    Seen oldest = seen.peek();
    while (oldest != null && now - oldest.ns() > settings.window().toNanos()) {
      inWindow -= oldest.count();
      seen.remove();
      oldest = seen.peek();
    }
    if (inWindow >= settings.rate()) {
      cause =
          settings.reason()
              + ", "
              + inWindow
              + " within "
              + settings.window()
              + ": "
              + FlowText.of(flow);
    }
  }

  private boolean isMeant(JsonNode flow) {
    return switch (settings.reason()) {
      case DNS_ERROR -> flow.path("l7").path("dns").path("rcode").asInt(0) != 0;
      case RETRANSMISSION ->
          FlowText.extension(flow, "socket_report").asString("").equals("retransmission");
      default -> FlowText.extension(flow, "drop_reason").asString("").equals(settings.reason());
    };
  }
}
