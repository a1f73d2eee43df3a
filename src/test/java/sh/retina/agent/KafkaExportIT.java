package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.export.flowlog.KafkaBroker;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an agent's topic has, compared with what its API serves. */
@RequiresKernel
@EnabledIf(
    value = "sh.retina.export.flowlog.KafkaBroker#isThere",
    disabledReason = "no Kafka broker here: run bin/kafka-broker build")
class KafkaExportIT {
  private static final int PORT = 5101;
  private static final String TOPIC = "flows";

  @TempDir private Path directory;
  @TempDir private Path storage;

  private ExportingAgent start(TestNetwork network, String address, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "--retina.hubble.export.kafka-bootstrap-servers=" + address,
                "--retina.hubble.export.kafka-topic=" + TOPIC));
    words.addAll(List.of(more));
    return ExportingAgent.start(directory, network, words.toArray(String[]::new));
  }

  private static List<String> ids(List<ConsumerRecord<String, String>> records) {
    return records.stream()
        .map(record -> JsonMapper.shared().readTree(record.value()).path("flow"))
        .filter(JsonNode::isObject)
        .map(flow -> flow.path("uuid").asString(""))
        .toList();
  }

  private static Set<String> awaitAll(ExportingAgent agent, KafkaBroker broker) {
    Set<String> served = agent.served();
    agent
        .process()
        .await(
            "all flows in the topic",
            () -> {
              List<ConsumerRecord<String, String>> records = broker.records(TOPIC);
              return records.size() >= served.size()
                  && new HashSet<>(ids(records)).containsAll(served);
            });
    return served;
  }

  @Test
  void shouldBringEachFlowInOrderThoughTheBrokerAndTheAgentAreKilled() throws IOException {
    try (TestNetwork network = new TestNetwork("expkafka", "a", "b");
        KafkaBroker broker = KafkaBroker.in(storage)) {
      try (ExportingAgent agent = start(network, broker.address())) {
        agent.sendUdp(network, PORT);
        awaitAll(agent, broker);
        assertThat(agent.knowsKafka()).isTrue();
        broker.kill();
        agent.sendUdp(network, PORT + 1);
        agent
            .process()
            .await(
                "a complaint",
                () -> agent.process().saidSoFar().contains("topic flows at " + broker.address()));
        assertThat(agent.process().status("/actuator/health/readiness")).isEqualTo(200);
        assertThat(
                agent.process().metric("retina_agent_flow_export_faults_total{outcome=\"failed\""))
            .isPositive();
        broker.restart();
        awaitAll(agent, broker);
        agent.sendUdp(network, PORT + 2);
        agent.process().kill().exitCode(); // some of these are there, and no place noted after them
      }
      List<ConsumerRecord<String, String>> records;
      try (ExportingAgent agent = start(network, broker.address())) {
        agent.sendUdp(network, PORT + 3);
        Set<String> served = awaitAll(agent, broker);
        assertThat(served).hasSizeGreaterThanOrEqualTo(4 * ExportingAgent.REPORTS);
        records = broker.records(TOPIC);
        List<String> all = ids(records);
        Set<String> inOrder = new LinkedHashSet<>(all);
        inOrder.retainAll(served);
        assertThat(inOrder)
            .as("%d records, %d of them again", all.size(), all.size() - Set.copyOf(all).size())
            .containsExactlyElementsOf(served);
        assertThat(records).extracting(ConsumerRecord::key).containsOnly("test-node");
        assertThat(records.stream().map(ConsumerRecord::partition).distinct()).hasSize(1);
        assertThat(agent.process().terminate().exitCode()).isIn(0, 143);
      }
      records = broker.records(TOPIC);
      Set<String> before = Set.copyOf(ids(records));
      try (ExportingAgent agent = start(network, broker.address())) {
        agent.sendUdp(network, PORT + 4);
        awaitAll(agent, broker);
        List<ConsumerRecord<String, String>> later = broker.records(TOPIC);
        assertThat(ids(later.subList(records.size(), later.size())))
            .as("none again after an end in order")
            .doesNotContainAnyElementsOf(before);
      }
    }
  }

  @Test
  void shouldSignInByAFileWhoseSecretNobodySays() throws IOException {
    Path file = directory.resolve("client.properties");
    try (TestNetwork network = new TestNetwork("expsasl", "a", "b");
        KafkaBroker broker = withProperties(file);
        ExportingAgent agent =
            start(
                network,
                broker.guardedAddress(),
                "--retina.hubble.export.kafka-properties-path=" + file,
                "--logging.level.org.apache.kafka=info")) {
      agent.sendUdp(network, PORT);
      awaitAll(agent, broker);
      assertThat(agent.process().saidSoFar())
          .contains("ProducerConfig values")
          .doesNotContain("retina-secret");
    }
  }

  private KafkaBroker withProperties(Path file) throws IOException {
    KafkaBroker broker = KafkaBroker.in(storage);
    Files.writeString(file, broker.properties("retina-secret"));
    return broker;
  }
}
