package sh.retina.cli.capture;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import sh.retina.cli.Output;
import sh.retina.cli.Table;
import sh.retina.crd.CaptureStatus;

/** How answers are printed. */
final class Printed {
  private static final List<String> COLUMNS =
      List.of(
          "NAMESPACE",
          "CAPTURE NAME",
          "JOB",
          "COMPLETIONS",
          "AGE",
          "NODE",
          "STATE",
          "FILES",
          "WHY");

  /** Of the columns, those that are not for a wide table only. */
  private static final int NARROW = 7;

  @Mixin private Output output = new Output();

  boolean isTable() {
    return output.isTable();
  }

  /** Jobs, as Retina's table of them with the state beside it. */
  void jobs(List<JobView> jobs, Instant now) {
    output.print(jobs, isWide -> jobs(jobs, now, isWide));
  }

  private static Table jobs(List<JobView> jobs, Instant now, boolean isWide) {
    Table table = new Table(shown(COLUMNS, isWide));
    for (JobView job : jobs) {
      table.add(
          shown(
              List.of(
                  job.namespace(),
                  job.capture(),
                  job.job(),
                  job.completions(),
                  job.age(now),
                  job.node(),
                  job.state(),
                  String.valueOf(job.outputs().size()),
                  job.message().isEmpty() ? "-" : job.message()),
              isWide));
    }
    return table;
  }

  private static String[] shown(List<String> cells, boolean isWide) {
    return cells.subList(0, isWide ? cells.size() : NARROW).toArray(String[]::new);
  }

  /** What became of Jobs that are over: each file. */
  void files(List<JobView> jobs) {
    output.print(jobs, _ -> table(jobs));
  }

  private static Table table(List<JobView> jobs) {
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
    return table;
  }

  /** What a program reads in the place of a sentence. */
  void data(Object data) {
    output.print(data);
  }

  private static String text(@Nullable Object value) {
    return value == null ? "-" : value.toString();
  }
}
