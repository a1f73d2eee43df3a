package sh.retina.plugin.ciliumeventobserver;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.event.DnsType;
import sh.retina.event.DnsView;
import sh.retina.event.IpAddress;
import sh.retina.event.SafeText;

/**
 * What Cilium's DNS proxy recorded of a message ({@code LogRecordDNS} of pkg/proxy/accesslog): no
 * identifier, no flags, one time to live for all answers, and addresses apart from the answers'
 * types. Immutable.
 */
final class AccessLogDns implements DnsView {
  private static final int A = 1; // IANA's DNS parameters
  private static final int AAAA = 28;
  private static final int MAX_NAME = 255; // RFC 1035, 2.3.4

  private final boolean isResponse;
  private final int returnCode;
  private final String query;
  private final List<Integer> queryTypes;
  private final List<Integer> answerTypes;
  private final List<String> aliases;
  private final List<IpAddress> addresses;
  private final long ttlSeconds;

  /** {@code dns}: fields by name, as {@link Gob} reads them; what is missing is zero. */
  AccessLogDns(Map<?, ?> dns, boolean isResponse) {
    this.isResponse = isResponse;
    this.returnCode = (int) number(dns.get("RCode")) & 0xfff;
    this.query = name(dns.get("Query"));
    this.queryTypes = numbers(dns.get("QTypes"));
    this.answerTypes = numbers(dns.get("AnswerTypes"));
    this.aliases = list(dns.get("CNAMEs")).stream().map(AccessLogDns::name).toList();
    this.ttlSeconds = number(dns.get("TTL")) & 0xffff_ffffL;
    this.addresses = addresses(dns.get("IPs"));
  }

  @Override
  public int id() {
    return 0;
  }

  @Override
  public boolean isResponse() {
    return isResponse;
  }

  @Override
  public boolean isTruncated() {
    return false;
  }

  @Override
  public int returnCode() {
    return returnCode;
  }

  @Override
  public DnsType queryType() {
    return queryTypes.isEmpty() ? DnsType.NONE : DnsType.of(queryTypes.getFirst());
  }

  @Override
  public long queryHash() {
    return query.isEmpty() ? 0 : query.hashCode() * 31L + queryTypes.hashCode();
  }

  @Override
  public int answerCount() {
    return answerTypes.size();
  }

  @Override
  public void appendQuery(StringBuilder out) {
    out.append(query);
  }

  /** Addresses, then the others by their types. */
  @Override
  public void forEachAnswer(AnswerVisitor visitor) {
    for (IpAddress address : addresses) {
      visitor.answer(address.isV4() ? A : AAAA, ttlSeconds, address.high(), address.low());
    }
    for (int type : answerTypes) {
      if (type != A && type != AAAA) {
        visitor.answer(type, ttlSeconds, 0, 0);
      }
    }
  }

  @Override
  public List<Integer> queryTypes() {
    return queryTypes;
  }

  @Override
  public List<String> aliases() {
    return aliases;
  }

  private static String name(@Nullable Object name) {
    if (!(name instanceof String text) || text.isEmpty() || text.length() > MAX_NAME) {
      return "";
    }
    StringBuilder safe = new StringBuilder();
    for (String label : text.toLowerCase(Locale.ROOT).split("\\.", 0)) {
      safe.append(SafeText.DNS_LABEL.of(label)).append('.');
    }
    return safe.isEmpty() ? "." : safe.toString();
  }

  private static List<IpAddress> addresses(@Nullable Object of) {
    List<IpAddress> found = new ArrayList<>();
    for (Object each : list(of)) {
      if (each instanceof byte[] bytes && bytes.length == 16) {
        ByteBuffer halves = ByteBuffer.wrap(bytes);
        found.add(new IpAddress(halves.getLong(), halves.getLong()));
      } else if (each instanceof byte[] bytes && bytes.length == 4) {
        found.add(new IpAddress(0, 0xffffL << 32 | ByteBuffer.wrap(bytes).getInt() & 0xffff_ffffL));
      }
    }
    return List.copyOf(found);
  }

  private static List<Integer> numbers(@Nullable Object of) {
    return list(of).stream().map(each -> (int) number(each) & 0xffff).toList();
  }

  private static List<?> list(@Nullable Object of) {
    return of instanceof List<?> list ? list : List.of();
  }

  private static long number(@Nullable Object of) {
    return of instanceof Long number ? number : 0;
  }
}
