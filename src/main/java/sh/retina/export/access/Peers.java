package sh.retina.export.access;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import reactor.netty.http.server.HttpServerRequest;

/** Who is at the other end of a connection, whatever headers say. */
final class Peers {
  // A literal cannot be rebound; [::1], 127.0.0.1 or what a port-forward listens on.
  private static final Pattern LITERAL_HOST =
      Pattern.compile("(\\[[0-9a-f:.]+]|[0-9]{1,3}(\\.[0-9]{1,3}){3})(:[0-9]{1,5})?");
  private static final Pattern LOCAL_NAME =
      Pattern.compile("([a-z0-9-]+\\.)*localhost\\.?(:[0-9]{1,5})?");
  private static final int NETWORK_BYTES = 8;

  private Peers() {}

  static @Nullable SocketAddress of(ServerHttpRequest request) {
    ServerHttpRequest plain = request;
    while (plain instanceof ServerHttpRequestDecorator decorator) {
      plain = decorator.getDelegate();
    }
    if (plain instanceof AbstractServerHttpRequest server
        && server.getNativeRequest() instanceof HttpServerRequest netty) {
      return netty.connectionRemoteAddress();
    }
    return plain.getRemoteAddress();
  }

  /** Whose questions are counted together: an IPv4 address, or the /64 that a host may fill. */
  static String group(@Nullable SocketAddress peer) {
    if (!(peer instanceof InetSocketAddress socket) || socket.getAddress() == null) {
      return "";
    }
    byte[] bytes = socket.getAddress().getAddress();
    return HexFormat.of().formatHex(Arrays.copyOf(bytes, Math.min(bytes.length, NETWORK_BYTES)));
  }

  static boolean isLoopback(@Nullable SocketAddress peer) {
    if (!(peer instanceof InetSocketAddress socket) || socket.getAddress() == null) {
      return false;
    }
    InetAddress address = socket.getAddress();
    return address.isLoopbackAddress()
        || address instanceof Inet6Address v6 && isMappedLoopback(v6.getAddress());
  }

  /** ::ffff:127.0.0.0/104, which some transports do not turn into an IPv4 address. */
  private static boolean isMappedLoopback(byte[] bytes) {
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return bytes[10] == -1 && bytes[11] == -1 && bytes[12] == 127;
  }

  static boolean isLocalHost(@Nullable String host) {
    if (host == null || host.isEmpty()) {
      return true; // HTTP/1.0; browsers always send one
    }
    String lower = host.toLowerCase(Locale.ROOT);
    return LITERAL_HOST.matcher(lower).matches() || LOCAL_NAME.matcher(lower).matches();
  }
}
