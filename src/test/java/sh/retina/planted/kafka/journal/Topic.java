package sh.retina.planted.kafka.journal;

import org.apache.kafka.clients.producer.Producer;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Topic {
  Producer<byte[], byte[]> producer();
}
