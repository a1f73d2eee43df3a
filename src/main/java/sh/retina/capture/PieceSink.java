package sh.retina.capture;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes what a format makes, piece by piece; only whole pieces are worth reading. */
interface PieceSink {
  /**
   * Appends a piece.
   *
   * @throws IOException when it, or one before it, cannot be taken
   */
  void append(ByteBuffer piece, boolean isPacket) throws IOException;
}
