package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.identity.ContextChange;

class ContextFileTest {
  @TempDir private Path directory;

  @Test
  void shouldReadOwnersOfAddresses() throws IOException {
    List<ContextChange> changes =
        read(
            """
            endpoints:
              - kind: pod
                namespace: shop
                name: web
                workload: {kind: Deployment, name: web}
                node: node1
                zone: z1
                labels: {tier: front, app: web}
                ips: [10.0.0.5, 'fd00::5']
                cgroups: [77]
              - {kind: node, name: node1, ips: [192.0.2.1]}
            """);

    assertThat(changes)
        .containsExactly(
            new ContextChange.EndpointUp(
                new Endpoint(
                    Endpoint.Kind.POD,
                    "shop",
                    "web",
                    "Deployment",
                    "web",
                    "node1",
                    "z1",
                    List.of("app=web", "tier=front"),
                    List.of(IpAddress.parse("10.0.0.5"), IpAddress.parse("fd00::5")),
                    List.of(77L))),
            new ContextChange.EndpointUp(
                new Endpoint(
                    Endpoint.Kind.NODE,
                    "",
                    "node1",
                    "",
                    "",
                    "",
                    "",
                    List.of(),
                    List.of(IpAddress.parse("192.0.2.1")),
                    List.of())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pods: []                                           | has no list 'endpoints'",
        "endpoints: [{kind: pod}]                           | entry 1: no name",
        "endpoints: [{kind: cat, name: a}]                  | entry 1: kind 'cat' is none of pod,"
            + " node, service",
        "endpoints: [{kind: pod, name: a, ips: [10.0.0]}]   | entry 1: not an IP address: '10.0.0'",
        "endpoints: [{kind: pod, name: a, ip: 10.0.0.1}]    | entry 1: no such key 'ip'",
        "endpoints: [7]                                     | entry 1: not a map",
        "endpoints: [{kind: pod, name: &a [[*a]]}]          | entry 1: 'name' holds a list or map",
        "endpoints: [{kind: pod, name: a, labels: &b {x: {y: *b}}}] | entry 1: 'labels' holds a"
            + " list or map",
        "endpoints: [{kind: pod, name: a, cgroups: [[7]]}]  | entry 1: 'cgroups' holds a list or"
            + " map",
        "endpoints: [                                       | cannot read"
      })
  void shouldNameTheFileTheEntryAndTheFault(String yaml, String fault) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(yaml))
        .withMessageContaining("retina.context.file: ")
        .withMessageContaining("context.yaml")
        .withMessageContaining(fault);
  }

  private List<ContextChange> read(String yaml) throws IOException {
    return ContextFile.read(Files.writeString(directory.resolve("context.yaml"), yaml));
  }
}
