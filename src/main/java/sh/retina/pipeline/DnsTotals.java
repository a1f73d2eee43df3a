package sh.retina.pipeline;

import sh.retina.event.DnsReturnCode;
import sh.retina.event.DnsType;
import sh.retina.event.DnsView;
import sh.retina.event.Observation;

/**
 * DNS of the node: each message once, at the first point of the node that it passes, and each
 * answered query's time at the point where the query passed first. The metric thread counts; any
 * thread reads.
 */
public final class DnsTotals {
  private static final int CODE_BITS = 8;
  private static final int CODE_MASK = (1 << CODE_BITS) - 1;
  private static final DnsType[] TYPES = DnsType.values();
  private static final DnsReturnCode[] CODES = DnsReturnCode.values();

  private final SeriesTable requests = new SeriesTable(1, 1);
  private final SeriesTable responses = new SeriesTable(1, 1);
  private final SeriesTable latencies = new SeriesTable(1, Latencies.COLUMNS);
  private final long[] key = new long[1];

  void accept(Observation o, DnsView message) {
    DnsType type = message.queryType();
    if (!message.isResponse()) {
      if (o.firstOnNode) {
        key[0] = type.ordinal();
        requests.add(row(requests), 0, 1);
      }
      return;
    }
    DnsReturnCode code = DnsReturnCode.of(message.returnCode());
    if (o.firstOnNode) {
      key[0] = (long) type.ordinal() << CODE_BITS | code.ordinal();
      responses.add(row(responses), 0, 1);
    }
    if (o.dnsLatencyNs > 0 && o.dnsQueryFirstOnNode) {
      key[0] = code.ordinal();
      Latencies.record(latencies, row(latencies), o.dnsLatencyNs, o, false);
    }
  }

  private int row(SeriesTable table) {
    int row = table.find(key);
    return row >= 0 ? row : table.insert(key);
  }

  /** Receives a count. */
  public interface RequestReader {
    void requests(DnsType type, long count);
  }

  /** Receives a count. */
  public interface ResponseReader {
    void responses(DnsType type, DnsReturnCode code, long count);
  }

  /** Receives the times of answers with one return code. */
  public interface LatencyReader {
    /**
     * @param times reused for the next
     */
    void latencies(DnsReturnCode code, Latencies times);
  }

  public void readRequests(RequestReader reader) {
    requests.forEach((row, values) -> reader.requests(TYPES[(int) row[0]], values[0]));
  }

  public void readResponses(ResponseReader reader) {
    responses.forEach((row, values) ->
        reader.responses(
            TYPES[(int) row[0] >>> CODE_BITS], CODES[(int) row[0] & CODE_MASK], values[0]));
  }

  public void readLatencies(LatencyReader reader) {
    Latencies times = new Latencies();
    latencies.forEach((row, values) -> reader.latencies(CODES[(int) row[0]], times.load(values)));
  }
}
