package sh.retina.export.hubble;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.FlowFilterException;
import sh.retina.flow.FlowFilters;
import sh.retina.flow.FlowMask;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowStart;

/**
 * A request of GetFlows in the journal's words. How its fields act together is Hubble's way, also
 * where it surprises: {@code since} with a number means the first so many, and {@code until} does
 * not move where the last so many are looked for.
 *
 * @param flows what to read
 * @param mask what to send of a flow
 */
record FlowsRequest(FlowRequest flows, FlowMask mask) {
  /** Bounds the work per flow that one client can ask for. */
  private static final int MAX_VALUES = 4_096;

  /** Each takes ms to compile, and µs per flow. */
  private static final int MAX_CEL = 64;

  /** More are looked for by reading everything: positions of that many would be much memory. */
  private static final int MOST_NEWEST = 100_000;

  /** Throws StatusRuntimeException: Hubble's codes, and its words where clients know them. */
  static FlowsRequest of(GetFlowsRequest request, FlowNode node) {
    if (request.getFirst() && request.getFollow()) {
      throw Status.INVALID_ARGUMENT
          .withDescription("first cannot be specified with follow")
          .asRuntimeException();
    }
    try {
      requireFew(request.getWhitelistList(), request.getBlacklistList());
      FlowMask mask = FlowMask.of(request.getFieldMask().getPathsList());
      sh.retina.flow.FlowFilter filter =
          FlowFilters.compileAll(request.getWhitelistList(), request.getBlacklistList(), node);
      Instant since = request.hasSince() ? instant(request.getSince()) : null;
      Instant until = request.hasUntil() ? instant(request.getUntil()) : null;
      FlowRequest flows =
          new FlowRequest(
              start(request, since), filter, until, request.getFollow(), limit(request));
      return new FlowsRequest(flows, mask);
    } catch (FlowFilterException e) {
      throw unknown(e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw unknown(e.getMessage(), e);
    }
  }

  // A plain error of the original has this code, and its command line shows only the text then.
  private static StatusRuntimeException unknown(@Nullable String text, Exception cause) {
    return Status.UNKNOWN.withDescription(text).withCause(cause).asRuntimeException();
  }

  private static FlowStart start(GetFlowsRequest request, @Nullable Instant since) {
    long number = request.getNumber(); // unsigned: all is 2^64 - 1
    if (since != null) {
      return new FlowStart.Since(since);
    }
    if (request.getFirst()) {
      return new FlowStart.Oldest();
    }
    if (number == 0) {
      return request.getFollow() ? new FlowStart.Now() : new FlowStart.Oldest();
    }
    if (Long.compareUnsigned(number, Integer.MAX_VALUE) >= 0) {
      return new FlowStart.Oldest();
    }
    if (number > MOST_NEWEST) {
      throw new IllegalArgumentException(
          "at most the last " + MOST_NEWEST + " flows can be asked for; use --since or --all");
    }
    return new FlowStart.Newest((int) number);
  }

  private static long limit(GetFlowsRequest request) {
    long number = request.getNumber();
    return request.getFollow() || number < 0 ? 0 : number;
  }

  private static Instant instant(Timestamp time) {
    if (!Timestamps.isValid(time)) {
      throw new IllegalArgumentException(
          "timestamp (seconds:%d nanos:%d) is out of range"
              .formatted(time.getSeconds(), time.getNanos()));
    }
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  private static void requireFew(List<FlowFilter> whitelist, List<FlowFilter> blacklist) {
    long values = 0;
    long expressions = 0;
    for (List<FlowFilter> list : List.of(whitelist, blacklist)) {
      for (FlowFilter filter : list) {
        values++;
        expressions += filter.getExperimental().getCelExpressionCount();
        for (Object value : filter.getAllFields().values()) {
          values += value instanceof List<?> many ? many.size() : 1;
        }
      }
    }
    if (expressions > MAX_CEL) {
      throw new IllegalArgumentException(
          "too many CEL expressions: " + expressions + ", at most " + MAX_CEL);
    }
    if (values > MAX_VALUES) {
      throw new IllegalArgumentException(
          "too many filters: " + values + " with their values, at most " + MAX_VALUES);
    }
  }
}
