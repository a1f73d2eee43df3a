package sh.retina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableTest {
  private final Table table = new Table("NODE", "WHAT", "PLUGINS");

  @BeforeEach
  void fill() {
    table.add("n1", "a name of thirty letters, yes.", "dns dropreason packetparser tcplife");
    table.add(Colour.RED, "n2", "-", "-");
  }

  @Test
  void shouldBeAsWideAsWhatIsInIt() {
    assertThat(table.toString().lines())
        .containsExactly(
            "NODE  WHAT                            PLUGINS",
            "n1    a name of thirty letters, yes.  dns dropreason packetparser tcplife",
            "n2    -                               -");
  }

  @Test
  void shouldCutTheWidestColumnsToTheRoomThereIs() {
    assertThat(table.in(50, false).lines())
        .containsExactly(
            "NODE  WHAT                   PLUGINS",
            "n1    a name of thirty let…  dns dropreason packe…",
            "n2    -                      -")
        .allMatch(line -> line.length() <= 50);
    assertThat(table.in(71, false).lines()).anyMatch(line -> line.endsWith("packetparser tcpl…"));
    assertThat(table.in(5, false).lines())
        .as("a few letters stay")
        .anyMatch(line -> line.equals("n1    a name …  dns dro…"));
  }

  @Test
  void shouldColourARowWhereColoursAreWanted() {
    assertThat(table.in(Terminal.UNBOUNDED, true).lines().toList().getLast())
        .matches("\u001b\\[31mn2 +- +-\u001b\\[0m");
    assertThat(table.in(Terminal.UNBOUNDED, false)).doesNotContain("\u001b");
  }
}
