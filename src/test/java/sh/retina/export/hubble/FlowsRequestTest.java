package sh.retina.export.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowStart;

class FlowsRequestTest {
  private static final Timestamp TIME = Timestamp.newBuilder().setSeconds(60).build();
  private static final long ALL = -1; // 2^64 - 1

  @Test
  void shouldStartAndStopAsHubbleDoes() {
    assertThat(read(r -> r)).isEqualTo(of(new FlowStart.Oldest(), false, 0));
    assertThat(read(r -> r.setNumber(20))).isEqualTo(of(new FlowStart.Newest(20), false, 20));
    assertThat(read(r -> r.setNumber(ALL))).isEqualTo(of(new FlowStart.Oldest(), false, 0));
    assertThat(read(r -> r.setNumber(5).setFirst(true)))
        .isEqualTo(of(new FlowStart.Oldest(), false, 5));
    assertThat(read(r -> r.setFollow(true))).isEqualTo(of(new FlowStart.Now(), true, 0));
    assertThat(read(r -> r.setFollow(true).setNumber(7)))
        .as("the last, then on")
        .isEqualTo(of(new FlowStart.Newest(7), true, 0));
    FlowStart since = new FlowStart.Since(Instant.ofEpochSecond(60));
    assertThat(read(r -> r.setSince(TIME).setNumber(3)))
        .as("the first from there on")
        .isEqualTo(of(since, false, 3));
    assertThat(read(r -> r.setSince(TIME).setFollow(true).setNumber(3)))
        .isEqualTo(of(since, true, 0));
    assertThat(read(r -> r.setUntil(TIME).setNumber(3)).start())
        .as("the newest of all, of which none may lie before the end")
        .isEqualTo(new FlowStart.Newest(3));
    assertThat(read(r -> r.setUntil(TIME)).until()).isEqualTo(Instant.ofEpochSecond(60));
  }

  @Test
  void shouldRefuseInHubblesWords() {
    assertRefused(
        r -> r.setFirst(true).setFollow(true),
        Status.Code.INVALID_ARGUMENT,
        "first cannot be specified with follow");
    assertRefused(
        r -> r.setFieldMask(FieldMask.newBuilder().addPaths("source.nobody")),
        Status.Code.UNKNOWN,
        "invalid fieldmask");
  }

  @Test
  void shouldNameWhatIsWrong() {
    assertRefused(
        r -> r.addWhitelist(FlowFilter.newBuilder().addSourceIp("1.2.3")),
        Status.Code.UNKNOWN,
        "source_ip: not an IP address or CIDR block: '1.2.3'");
    assertRefused(
        r ->
            r.addBlacklist(
                FlowFilter.newBuilder()
                    .addHttpMethod("GET")
                    .addEventType(sh.retina.flow.proto.EventTypeFilter.newBuilder().setType(4))),
        Status.Code.UNKNOWN,
        "http: filtering by HTTP needs event type l7 where event types are given");
    assertRefused(
        r -> r.setSince(Timestamp.newBuilder().setNanos(-1)),
        Status.Code.UNKNOWN,
        "timestamp (seconds:0 nanos:-1) is out of range");
    assertRefused(
        r -> r.setNumber(1 << 30),
        Status.Code.UNKNOWN,
        "at most the last 100000 flows can be asked for; use --since or --all");
  }

  @Test
  void shouldBoundTheWorkPerFlow() {
    FlowFilter.Builder many = FlowFilter.newBuilder();
    for (int i = 0; i < 5000; i++) {
      many.addSourceIp("10.0.0." + i % 256);
    }
    assertRefused(
        r -> r.addWhitelist(many),
        Status.Code.UNKNOWN,
        "too many filters: 5001 with their values, at most 4096");
  }

  @Test
  void shouldTakeFiltersAboutWhatIsNotSeen() {
    assertThat(
            read(r ->
                    r.addWhitelist(FlowFilter.newBuilder().addHttpStatusCode("5+").addTraceId("x")))
                .limit())
        .isZero();
  }

  /** Without the filter, which is a function. */
  private static FlowRequest of(FlowStart start, boolean follow, long limit) {
    return new FlowRequest(start, ALL_FLOWS, null, follow, limit);
  }

  private static FlowRequest read(UnaryOperator<GetFlowsRequest.Builder> request) {
    FlowRequest read = flows(request).flows();
    return new FlowRequest(read.start(), ALL_FLOWS, read.until(), read.follow(), read.limit());
  }

  private static final sh.retina.flow.FlowFilter ALL_FLOWS = sh.retina.flow.FlowFilter.all();

  private static FlowsRequest flows(UnaryOperator<GetFlowsRequest.Builder> request) {
    return FlowsRequest.of(
        request.apply(GetFlowsRequest.newBuilder()).build(), new FlowNode("n1", "", "0.1.0"));
  }

  private static void assertRefused(
      UnaryOperator<GetFlowsRequest.Builder> request, Status.Code code, String text) {
    assertThatThrownBy(() -> flows(request))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).isEqualTo(text);
            });
  }
}
