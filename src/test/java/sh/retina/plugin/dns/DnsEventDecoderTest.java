package sh.retina.plugin.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.DnsType;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.Verdict;
import sh.retina.plugin.EventDecoder;

class DnsEventDecoderTest {
  private static Btf btf() throws IOException {
    try (InputStream in = DnsEventDecoderTest.class.getResourceAsStream("/bpf/dns.bpf.o")) {
      return Btf.ofObject(Objects.requireNonNull(in, "no dns.bpf.o").readAllBytes());
    }
  }

  @Test
  void shouldReadTheEventAndTheMessageBehindIt() throws IOException {
    Btf btf = btf();
    BpfStruct event = btf.struct("dns_event");
    EventDecoder decoder =
        new DnsPlugin(new DnsProperties(List.of(53), DataSize.ofMegabytes(2)))
            .decoder(btf, Map.of());
    byte[] message = DnsBytes.query(7, "a.test", 1).toBytes();
    int size = event.sizeBytes() + message.length;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(size, 8);
      long at = bytes.address();
      event.u64("header.time_ns").set(at, 1);
      event
          .u16("header.kind")
          .set(
              at, Objects.requireNonNull(btf.enumValues("event_kind").get("EVENT_DNS")).intValue());
      event.u64("cgroup_id").set(at, 2);
      event.u32("interface_index").set(at, 3);
      event.u16("captured").set(at, message.length);
      event.u16("source_port").set(at, 40_000);
      event.u16("destination_port").set(at, 53);
      event.u8("protocol").set(at, 17);
      event.u8("ip_version").set(at, 4);
      event.u8("point").set(at, 5);
      event.u8("first_on_node").set(at, 1);
      MemorySegment.copy(
          message, 0, bytes, ValueLayout.JAVA_BYTE, event.sizeBytes(), message.length);
      Observation read = new Observation();

      assertThat(decoder.decode(at, size, read)).isTrue();

      assertThat(read.plugin).isEqualTo("dns");
      assertThat(read.verdict).isEqualTo(Verdict.FORWARDED);
      assertThat(read.timeNs).isEqualTo(1);
      assertThat(read.cgroupId).isEqualTo(2);
      assertThat(read.interfaceIndex).isEqualTo(3);
      assertThat(read.sourcePort).isEqualTo(40_000);
      assertThat(read.destinationPort).isEqualTo(53);
      assertThat(read.point).isEqualTo(ObservationPoint.FROM_ENDPOINT);
      assertThat(read.firstOnNode).isTrue();
      assertThat(read.reply).isEqualTo(Observation.Reply.NO);
      assertThat(read.packets).isZero();
      assertThat(Objects.requireNonNull(read.dns).queryType()).isEqualTo(DnsType.A);

      assertThat(decoder.decode(at, size - 1, read)).as("less than captured").isFalse();
      event.u16("captured").set(at, 11);
      assertThat(decoder.decode(at, size, read)).as("less than a header").isFalse();
      event.u16("captured").set(at, message.length);
      event.u16("header.kind").set(at, 99);
      assertThat(decoder.decode(at, size, read)).as("of another kind").isFalse();
    }
  }
}
