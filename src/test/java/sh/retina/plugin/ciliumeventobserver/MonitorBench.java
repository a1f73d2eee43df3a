package sh.retina.plugin.ciliumeventobserver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import sh.retina.event.Observation;

/**
 * What a message of Cilium costs, ns and bytes allocated: {@code bin/bench micro Monitor}. Reading
 * is what the socket's thread does, decoding what the pipeline does with what that wrote.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MonitorBench {
  private static final int MESSAGES = 1_000;

  @Param({"trace", "drop", "policyVerdict", "http", "dns"})
  private String kind = "";

  private final Observation event = new Observation();
  private final byte[] written = MonitorRecord.buffer();
  private final MonitorDecoder decoder = new MonitorDecoder();
  private byte[] stream = {};
  private byte[] message = {};
  private MemorySegment record = MemorySegment.NULL;

  @Setup
  public void make() throws IOException {
    message =
        switch (kind) {
          case "trace" -> MonitorFrames.trace(2, 0, 2, MonitorFrames.udp6(53));
          case "drop" -> MonitorFrames.drop(3, 181, 12, MonitorFrames.tcp(80, 2));
          case "policyVerdict" -> MonitorFrames.policyVerdict(40, 1, 1, MonitorFrames.tcp(80, 2));
          default -> MonitorFrames.accessLog(kind);
        };
    stream = GoldenGobs.payloads(message, MESSAGES);
    int length = MonitorRecord.write(written, 42, message);
    record = Arena.ofAuto().allocate(length, Long.BYTES);
    MemorySegment.copy(written, 0, record, ValueLayout.JAVA_BYTE, 0, length);
    if (!decode().plugin.equals(CiliumeventobserverPlugin.NAME) || read() != MESSAGES) {
      throw new IllegalStateException(kind + " is not what the plugin reads");
    }
  }

  /** From gob's bytes to the record for the journal, without the socket itself. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public int read() throws IOException {
    GobMessages messages = new GobMessages(Channels.newChannel(new ByteArrayInputStream(stream)));
    Gob gob = new Gob();
    int records = 0;
    while (messages.next()) {
      Object value = gob.read(messages.bytes(), messages.offset(), messages.length());
      if (value == null) {
        continue;
      }
      Payload payload = Payload.of(value);
      if (payload.isFlow() && MonitorRecord.write(written, 42, payload.data()) > 0) {
        records++;
      }
    }
    return records;
  }

  /** The record alone, of a message that was read. */
  @Benchmark
  public int write() {
    return MonitorRecord.write(written, 42, message);
  }

  /** From the record to an observation. */
  @Benchmark
  public Observation decode() {
    event.clear();
    if (!decoder.decode(record.address(), (int) record.byteSize(), event)) {
      throw new IllegalStateException(kind);
    }
    return event;
  }
}
