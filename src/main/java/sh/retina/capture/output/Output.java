package sh.retina.capture.output;

import java.io.IOException;

/** A place that takes complete files. Not thread-safe. */
interface Output extends AutoCloseable {
  /** As a Capture's status names it. */
  String type();

  /** Where a file of this name is, or would be: path or URL, without what is secret of it. */
  String location(String name);

  /**
   * Brings a file there, in place of one of its name that is there already, and makes sure that it
   * arrived as it is.
   *
   * @throws IOException that says what is wrong and, where it is known, the remedy; nothing is
   *     under the file's name then, or what was there before
   */
  void put(CapturedFile file) throws IOException;

  @Override
  void close() throws IOException;
}
