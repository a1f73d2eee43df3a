package sh.retina.cli.capture;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.cli.Console;
import sh.retina.cli.Table;
import sh.retina.crd.CaptureStatus;
import tools.jackson.databind.json.JsonMapper;

/** How answers are printed. */
final class Printed {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table, json or yaml. Default: table.")
  private String format = "table";

  /** Faults first, before anything is done. */
  void check() {
    if (!List.of("table", "json", "yaml").contains(format)) {
      throw CliException.usage("-o " + format + ": is table, json or yaml");
    }
  }

  boolean isTable() {
    return format.equals("table");
  }

  /** Jobs, as Retina's table of them with the state beside it. */
  void jobs(List<JobView> jobs, Instant now) {
    if (!isTable()) {
      data(jobs);
      return;
    }
    Table table =
        new Table("NAMESPACE", "CAPTURE NAME", "JOB", "COMPLETIONS", "AGE", "NODE", "STATE");
    for (JobView job : jobs) {
      table.add(
          job.namespace(),
          job.capture(),
          job.job(),
          job.completions(),
          job.age(now),
          job.node(),
          job.state());
    }
    Console.answer(table.toString());
  }

  /** What became of Jobs that are over: each file. */
  void files(List<JobView> jobs) {
    if (!isTable()) {
      data(jobs);
      return;
    }
    Table table = new Table("NODE", "STATE", "PLACE", "SIZE", "SHA256", "LOCATION");
    for (JobView job : jobs) {
      if (job.outputs().isEmpty()) {
        table.add(job.node(), job.state(), "-", "-", "-", "-");
      }
      for (CaptureStatus.File file : job.outputs()) {
        table.add(
            job.node(),
            file.error() == null ? job.state() : "failed",
            text(file.type()),
            text(file.size()),
            text(file.sha256()),
            text(file.location()));
      }
    }
    Console.answer(table.toString());
  }

  void data(Object data) {
    JsonMapper json = JsonMapper.shared();
    Console.answer(
        format.equals("json")
            ? json.writerWithDefaultPrettyPrinter().writeValueAsString(data)
            : Serialization.asYaml(json.convertValue(data, Object.class)).stripTrailing());
  }

  private static String text(@org.jspecify.annotations.Nullable Object value) {
    return value == null ? "-" : value.toString();
  }
}
