package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sh.retina.WholeMachine;

/** Against what nft(8) was told, in a namespace of its own. */
@RequiresRoot
@WholeMachine
class FirewallTablesIT {
  private final TestNetwork network = new TestNetwork();

  @BeforeEach
  void makeTable() {
    try {
      network.near("nft", "add table inet t");
    } catch (IllegalStateException e) {
      Assumptions.abort("this machine has no nftables: " + e.getMessage());
    }
    network.near("nft", "add chain inet t own");
    network.near("nft", "add chain inet t in { type filter hook input priority -5; policy drop; }");
  }

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void shouldTellChainsWithTheirHooksAndPolicies() {
    assertThat(network.near.call(FirewallTables::chains))
        .containsExactlyInAnyOrder(
            new FirewallTables.Chain("inet", "t", "own", "", "", 0, "", 0, 0),
            new FirewallTables.Chain("inet", "t", "in", "filter", "input", -5, "drop", 0, 0));
  }

  @Test
  void shouldTellRulesInTheirOrder() {
    network.near("nft", "add rule inet t in udp dport 53 counter accept comment \"for dns\"");
    network.near("nft", "add rule inet t in jump own");

    List<FirewallTables.Rule> rules = network.near.call(FirewallTables::rules);

    assertThat(rules)
        .hasSize(2)
        .allMatch(rule ->
            rule.family().equals("inet") && rule.table().equals("t") && rule.chain().equals("in"));
    FirewallTables.Rule first = rules.getFirst();
    assertThat(first.comment()).isEqualTo("for dns");
    assertThat(first.handle()).isPositive();
    assertThat(first.expressions())
        .contains("counter packets 0 bytes 0")
        .last()
        .isEqualTo("accept");
    assertThat(first.expressions()).anyMatch(expression -> expression.startsWith("cmp "));
    assertThat(rules.getLast().expressions()).containsExactly("jump own");
  }
}
