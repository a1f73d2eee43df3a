package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeriesTableTest {
  @Test
  void shouldAgreeWithAMapUnderInsertionsAndRemovals() {
    Random random = new Random(42);
    SeriesTable table = new SeriesTable(2, 2);
    Map<List<Long>, Long> expected = new HashMap<>();

    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < 2_000; i++) {
        long[] key = {random.nextInt(1_500), random.nextInt(2)};
        int row = table.find(key);
        if (row < 0) {
          row = table.insert(key);
        }
        table.add(row, 0, 1, 1, i);
        expected.merge(List.of(key[0], key[1]), 1L, Long::sum);
      }
      int victim = round % 7;
      table.sweep((key, _) -> key[0] % 7 == victim ? SeriesTable.FREE : SeriesTable.UPDATED);
      expected.keySet().removeIf(key -> key.get(0) % 7 == victim);

      Map<List<Long>, Long> read = new HashMap<>();
      table.forEach((key, values) -> read.put(List.of(key[0], key[1]), values[0]));
      assertThat(read).isEqualTo(expected);
      assertThat(table.size()).isEqualTo(expected.size());
    }
  }

  @Test
  void shouldReuseRemovedRowsFromZero() {
    SeriesTable table = new SeriesTable(1, 1);
    int first = table.insert(new long[] {1});
    table.add(first, 0, 5);
    table.sweep((_, _) -> SeriesTable.FREE);

    int second = table.insert(new long[] {2});

    assertThat(second).isEqualTo(first);
    table.forEach((key, values) -> assertThat(values[0]).isZero());
    assertThat(table.find(new long[] {1})).isEqualTo(-1);
  }
}
