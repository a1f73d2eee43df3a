package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.identity.ContextChange;
import sh.retina.identity.IdentityTable;

/** A pod on the host's network has the node's address; its sockets' cgroup tells it. */
class EnrichTest {
  private static final long CGROUP = 4711;
  private static final Endpoint HOST_POD =
      new Endpoint(
          Endpoint.Kind.POD,
          "kube-system",
          "agent",
          "",
          "",
          Traffic.HERE,
          "",
          List.of(),
          List.of(),
          List.of(CGROUP));

  private final IdentityTable identities = new IdentityTable();

  EnrichTest() {
    identities.apply(
        List.of(
            new ContextChange.EndpointUp(Traffic.NODE),
            new ContextChange.EndpointUp(Traffic.SERVER),
            new ContextChange.EndpointUp(HOST_POD)),
        true);
  }

  private Observation enriched(
      Direction direction, long cgroup, Endpoint source, Endpoint destination) {
    Observation o = new Observation();
    o.direction = direction;
    o.cgroupId = cgroup;
    IpAddress from = source.addresses().getFirst();
    IpAddress to = destination.addresses().getFirst();
    o.sourceHigh = from.high();
    o.sourceLow = from.low();
    o.destinationHigh = to.high();
    o.destinationLow = to.low();
    Enrich.apply(o, identities);
    return o;
  }

  @Test
  void shouldFindTheOwnerOfTheSocketThatSends() {
    Observation o = enriched(Direction.EGRESS, CGROUP, Traffic.NODE, Traffic.SERVER);

    assertThat(o.source).isEqualTo(HOST_POD);
    assertThat(o.destination).isEqualTo(Traffic.SERVER);
  }

  @Test
  void shouldFindTheOwnerOfTheSocketThatReceives() {
    Observation o = enriched(Direction.INGRESS, CGROUP, Traffic.SERVER, Traffic.NODE);

    assertThat(o.source).isEqualTo(Traffic.SERVER);
    assertThat(o.destination).isEqualTo(HOST_POD);
  }

  @Test
  void shouldBelieveAnAddressThatAPodOwns() {
    assertThat(enriched(Direction.EGRESS, CGROUP, Traffic.SERVER, Traffic.NODE).source)
        .isEqualTo(Traffic.SERVER);
    assertThat(enriched(Direction.UNKNOWN, CGROUP, Traffic.NODE, Traffic.SERVER).source)
        .as("it is not known whose socket it was")
        .isEqualTo(Traffic.NODE);
  }

  @Test
  void shouldLeaveTheNodeWhereTheCgroupIsNoPods() {
    assertThat(enriched(Direction.EGRESS, 1, Traffic.NODE, Traffic.SERVER).source)
        .isEqualTo(Traffic.NODE);
    assertThat(enriched(Direction.UNKNOWN, CGROUP, Traffic.NODE, Traffic.NODE).source)
        .isEqualTo(HOST_POD);
  }
}
