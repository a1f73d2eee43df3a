package sh.retina.event;

import java.util.List;

/**
 * A DNS message (RFC 1035) where it lies: fields are read when they are asked for, and never beyond
 * what was captured of it. Valid as long as the {@link Observation} that carries it, and as little
 * thread-safe. Nothing is allocated but by what returns a list.
 *
 * <p>Nothing in it is to be believed: counts are those of the header, and what is behind a place
 * that cannot be read is left out.
 */
public interface DnsView {
  int id();

  boolean isResponse();

  /** Whether the answer did not fit into a datagram (bit TC). */
  boolean isTruncated();

  /** Return code with the bits that EDNS adds, as far as its record was captured; 0 to 4095. */
  int returnCode();

  /** Type of the first question. */
  DnsType queryType();

  /** A number for the first question, the same for the same name in any case and type. */
  long queryHash();

  /** Answers, as the header says. */
  int answerCount();

  /**
   * Appends the name of the first question in lower case, with a dot at its end; each label by
   * {@link SafeText#DNS_LABEL}. Nothing without a question that can be read.
   */
  void appendQuery(StringBuilder out);

  /** Receives an answer. */
  @FunctionalInterface
  interface AnswerVisitor {
    /**
     * @param type number on the wire
     * @param ttlSeconds how long it may be kept
     * @param high of the address, as in {@link IpAddress}; both 0 unless it is an A or AAAA record
     */
    void answer(int type, long ttlSeconds, long high, long low);
  }

  /**
   * Visits the answers that were captured, the last one perhaps without its data, in their order.
   */
  void forEachAnswer(AnswerVisitor visitor);

  /** Types of all questions, for flows. */
  List<Integer> queryTypes();

  /** Targets of the CNAME records among the answers, in the form of {@link #appendQuery}. */
  List<String> aliases();
}
