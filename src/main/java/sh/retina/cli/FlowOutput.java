package sh.retina.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The forms in which flows are printed as they come. Thread-safe: agents answer side by side. */
final class FlowOutput {
  /** Those of {@code hubble observe}, and yaml: a document a flow. */
  enum Format {
    COMPACT,
    TABLE,
    WIDE,
    DICT,
    JSON,
    JSONPB,
    YAML
  }

  private static final int GAP = 2;
  private static final String BETWEEN = "------------";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = {
        "compact, table, wide (a table that is not cut), dict, json (a flow a line), jsonpb",
        "(a GetFlowsResponse a line) or yaml. Default: compact."
      })
  private Format format = Format.COMPACT;

  private final List<Integer> widths = new ArrayList<>();
  private boolean isBegun;
  private int room;

  /** {@code data}: a flow as an agent sends it. */
  synchronized void print(String data) {
    switch (format) {
      case JSON -> Console.answer(data);
      case JSONPB -> Console.answer(response(data));
      case YAML -> Console.answer("---\n" + Output.text(Output.Format.YAML, read(data)));
      case COMPACT -> {
        FlowLine line = FlowLine.of(flow(data));
        Console.answer(line.colour(), line.compact());
      }
      case DICT -> dict(FlowLine.of(flow(data)));
      case TABLE, WIDE -> row(FlowLine.of(flow(data)));
    }
    isBegun = true;
  }

  static JsonNode flow(String data) {
    JsonNode read = read(data);
    return read.has("flow") ? read.get("flow") : read;
  }

  private static JsonNode read(String data) {
    return JsonMapper.shared().readTree(data);
  }

  private static String response(String data) {
    JsonNode flow = flow(data);
    return JsonMapper.shared()
        .writeValueAsString(
            JsonMapper.shared()
                .createObjectNode()
                .set("flow", flow)
                .setAll(Map.of("node_name", flow.path("node_name"), "time", flow.path("time"))));
  }

  private void dict(FlowLine line) {
    StringBuilder text = new StringBuilder(isBegun ? BETWEEN + "\n" : "");
    List<String> cells = line.cells();
    for (int i = 0; i < cells.size(); i++) {
      text.append("%11s: %s".formatted(FlowLine.HEADS.get(i), cells.get(i)));
      text.append(i + 1 < cells.size() ? "\n" : "");
    }
    Console.answer(line.colour(), text.toString());
  }

  /** Columns grow with what comes: what is printed stays as it is. */
  private void row(FlowLine line) {
    if (!isBegun) {
      room = format == Format.WIDE ? Terminal.UNBOUNDED : Terminal.columns();
      FlowLine.HEADS.forEach(_ -> widths.add(0));
      grow(line.cells());
      Console.answer(text(FlowLine.HEADS));
    }
    Console.answer(line.colour(), text(line.cells()));
  }

  private void grow(List<String> cells) {
    for (int i = 0; i < widths.size(); i++) {
      int widest = Math.max(FlowLine.HEADS.get(i).length(), cells.get(i).length());
      widths.set(i, Math.max(widths.get(i), widest));
    }
  }

  private String text(List<String> cells) {
    grow(cells);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      text.append(cells.get(i)).repeat(' ', widths.get(i) + GAP - cells.get(i).length());
    }
    String whole = text.toString().stripTrailing();
    return whole.length() > room ? whole.substring(0, Math.max(1, room) - 1) + "…" : whole;
  }
}
