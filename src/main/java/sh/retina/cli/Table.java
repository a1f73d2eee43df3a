package sh.retina.cli;

import java.util.ArrayList;
import java.util.List;

/** Columns as wide as what is in them, or as there is room for; the last one is not padded. */
public final class Table {
  private static final int GAP = 2;

  /** A column that is cut keeps so much. */
  private static final int NARROWEST = 8;

  private static final String CUT = "…";

  private final List<Row> rows = new ArrayList<>();

  private record Row(Colour colour, List<String> cells) {}

  public Table(String... heads) {
    add(heads);
  }

  public void add(String... cells) {
    add(Colour.NONE, cells);
  }

  /** A row that is coloured as a whole. */
  void add(Colour colour, String... cells) {
    rows.add(new Row(colour, List.of(cells)));
  }

  /** Uncut and without a colour. */
  @Override
  public String toString() {
    return in(Terminal.UNBOUNDED, false);
  }

  /**
   * Within so many columns of a terminal, if they suffice for a few letters of each column: the
   * widest ones are cut.
   */
  String in(int room, boolean isColoured) {
    int[] widths = widths(room);
    StringBuilder text = new StringBuilder();
    for (Row row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String cell = row.cells().get(i);
        String shown =
            cell.length() > widths[i] ? cell.substring(0, widths[i] - CUT.length()) + CUT : cell;
        line.append(shown).repeat(' ', widths[i] + GAP - shown.length());
      }
      text.append(row.colour().of(line.toString().stripTrailing(), isColoured)).append('\n');
    }
    return text.toString().stripTrailing();
  }

  private int[] widths(int room) {
    int[] widths = new int[rows.getFirst().cells().size()];
    for (Row row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.cells().get(i).length());
      }
    }
    for (int excess = excess(widths, room); excess > 0; excess = excess(widths, room)) {
      int widest = 0;
      int next = NARROWEST;
      for (int i = 1; i < widths.length; i++) {
        if (widths[i] > widths[widest]) {
          widest = i;
        }
      }
      for (int i = 0; i < widths.length; i++) {
        next = i == widest ? next : Math.max(next, Math.min(widths[i], widths[widest] - 1));
      }
      if (widths[widest] <= NARROWEST) {
        break;
      }
      widths[widest] = Math.max(next, widths[widest] - excess);
    }
    return widths;
  }

  private static int excess(int[] widths, int room) {
    long whole = -GAP;
    for (int width : widths) {
      whole += width + GAP;
    }
    return (int) Math.max(0, whole - room);
  }
}
