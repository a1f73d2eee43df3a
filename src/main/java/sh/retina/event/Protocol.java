package sh.retina.event;

/** IP protocol numbers that are looked into (IANA protocol numbers). */
public final class Protocol {
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ICMPV6 = 58;
  public static final int SCTP = 132;

  private Protocol() {}
}
