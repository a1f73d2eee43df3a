package sh.retina.bpf;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The network interfaces of a namespace and its default routes: what is there, and news as soon as
 * the kernel has them (rtnetlink(7)). It belongs to the namespace of the thread that opens it,
 * whichever thread uses it then. News are collected from the opening on, so list the interfaces
 * after it and nothing is missed. One thread at a time.
 */
public final class LinkMonitor implements AutoCloseable {
  private static final int RTMGRP_LINK = 1;
  private static final int RTMGRP_IPV4_ROUTE = 0x40;
  private static final int RTMGRP_IPV6_ROUTE = 0x400;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private final NetlinkSocket news;
  private final NetlinkSocket requests;
  private boolean closed;

  private LinkMonitor(NetlinkSocket news, NetlinkSocket requests) {
    this.news = news;
    this.requests = requests;
  }

  /** Starts to listen in the calling thread's network namespace. Needs no privilege. */
  public static LinkMonitor open() {
    NetlinkSocket news = NetlinkSocket.open(RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
    try {
      return new LinkMonitor(news, NetlinkSocket.open(0));
    } catch (BpfException e) {
      news.close();
      throw e;
    }
  }

  /** All interfaces as of now. */
  public Collection<NetworkLink> links() {
    requireOpen();
    Map<Integer, NetworkLink> links = new LinkedHashMap<>();
    requests.dump(
        NetlinkMessage.RTM_GETLINK,
        NetlinkMessage.familyBody(0),
        links::clear,
        message -> {
          NetworkLink link = message.link();
          if (link != null) {
            links.put(link.index(), link);
          }
        });
    return List.copyOf(links.values());
  }

  /** Indexes of the interfaces that IPv4 or IPv6 default routes lead to, in ascending order. */
  public Set<Integer> defaultRouteInterfaces() {
    requireOpen();
    Set<Integer> interfaces = new TreeSet<>();
    for (int family : new int[] {AF_INET, AF_INET6}) {
      requests.dump(
          NetlinkMessage.RTM_GETROUTE,
          NetlinkMessage.familyBody(family),
          () -> {},
          message -> {
            if (message.type() == NetlinkMessage.RTM_NEWROUTE) {
              message.defaultRouteInterfaces(interfaces::add);
            }
          });
    }
    return interfaces;
  }

  /**
   * Waits for news and takes all that have come, in their order. An empty list says that the time
   * is over; after {@link LinkEvent.Overrun} the interfaces must be listed again.
   */
  public List<LinkEvent> poll(Duration timeout) {
    requireOpen();
    List<LinkEvent> events = new ArrayList<>();
    if (!news.awaitNews((int) Math.min(timeout.toMillis(), Integer.MAX_VALUE))) {
      return events;
    }
    while (true) {
      ByteBuffer datagram = news.receive();
      if (datagram == null) {
        events.add(new LinkEvent.Overrun());
        continue;
      }
      if (datagram.limit() == 0) {
        return events;
      }
      collect(datagram, events);
    }
  }

  static void collect(ByteBuffer datagram, List<LinkEvent> events) {
    NetlinkMessage message = NetlinkMessage.first(datagram);
    for (; message != null; message = message.next()) {
      if (message.type() == NetlinkMessage.RTM_NEWROUTE
          || message.type() == NetlinkMessage.RTM_DELROUTE) {
        if (message.isDefaultRoute() && !events.contains(new LinkEvent.DefaultRoute())) {
          events.add(new LinkEvent.DefaultRoute());
        }
        continue;
      }
      if (message.type() != NetlinkMessage.RTM_NEWLINK
          && message.type() != NetlinkMessage.RTM_DELLINK) {
        continue;
      }
      NetworkLink link = message.link();
      if (link != null) {
        events.add(
            message.type() == NetlinkMessage.RTM_NEWLINK
                ? new LinkEvent.Changed(link)
                : new LinkEvent.Removed(link.index(), link.name()));
      }
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      requests.close();
      news.close();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("link monitor is closed");
    }
  }
}
