package sh.retina.export.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetNamespacesRequest;
import sh.retina.flow.proto.observer.ObserverGrpc;

/** The calls of the API, in the names and labels of grpc-go's metrics. */
class CallCountsTest {
  private static final String FLOWS =
      "grpc_method=\"GetFlows\",grpc_service=\"observer.Observer\",grpc_type=\"server_stream\"} ";

  private static List<String> lines(TestServer hubble) {
    StringBuilder text = new StringBuilder();
    hubble.server.writeCalls(text);
    return text.toString().lines().toList();
  }

  @Test
  void shouldCountCallsAndTheirMessages() {
    try (TestServer hubble = TestServer.plain()) {
      assertThat(lines(hubble))
          .contains(
              "# TYPE grpc_server_started_total counter",
              "grpc_server_started_total{" + FLOWS + "0",
              "grpc_server_handled_total{grpc_code=\"Unimplemented\"," + FLOWS + "0")
          .anyMatch(line ->
              line.startsWith(
                  "grpc_server_msg_sent_total{grpc_method=\"Notify\",grpc_service=\"peer.Peer\""));
      ObserverGrpc.ObserverBlockingStub observer = TestServer.observer(hubble.tcp());

      assertThat(
              ImmutableList.copyOf(
                  observer.getFlows(
                      GetFlowsRequest.newBuilder().setFirst(true).setNumber(3).build())))
          .hasSize(3);
      assertThatThrownBy(() ->
              observer
                  .getFlows(GetFlowsRequest.newBuilder().setFirst(true).setFollow(true).build())
                  .next())
          .isInstanceOf(StatusRuntimeException.class);
      assertThat(observer.getNamespaces(GetNamespacesRequest.getDefaultInstance())).isNotNull();
      Context.CancellableContext leaving = Context.current().withCancellation();
      leaving.run(
          () -> observer.getFlows(GetFlowsRequest.newBuilder().setFollow(true).build()).next());
      leaving.cancel(null);

      await(() ->
          lines(hubble)
              .contains("grpc_server_handled_total{grpc_code=\"Canceled\"," + FLOWS + "1"));
      assertThat(lines(hubble))
          .contains(
              "grpc_server_started_total{" + FLOWS + "3",
              "grpc_server_msg_received_total{" + FLOWS + "3",
              "grpc_server_handled_total{grpc_code=\"OK\"," + FLOWS + "1",
              "grpc_server_handled_total{grpc_code=\"InvalidArgument\"," + FLOWS + "1",
              "grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"GetNamespaces\","
                  + "grpc_service=\"observer.Observer\",grpc_type=\"unary\"} 1");
    }
  }

  private static void await(BooleanSupplier condition) {
    for (int i = 0; i < 1_000 && !condition.getAsBoolean(); i++) {
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
