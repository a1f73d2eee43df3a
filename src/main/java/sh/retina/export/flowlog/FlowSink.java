package sh.retina.export.flowlog;

import java.io.IOException;
import sh.retina.flow.FlowJson;
import sh.retina.flow.proto.observer.ExportEvent;

/** Takes what an export writes. Not thread-safe. */
interface FlowSink extends AutoCloseable {
  /** It may not be there before {@link #flush}. */
  void write(ExportEvent event) throws IOException;

  /** Returns when all that was written is where it belongs. */
  void flush() throws IOException;

  @Override
  void close() throws IOException;

  /** Lines of JSON. */
  record Lines(RotatingFile file) implements FlowSink {
    @Override
    public void write(ExportEvent event) throws IOException {
      file.write(FlowJson.print(event));
    }

    @Override
    public void flush() throws IOException {
      file.flush();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
