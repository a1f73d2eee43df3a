package sh.retina.agent;

import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.event.IpAddress;

/** Addresses of this machine's own interfaces, in the network that the process is in. */
final class OwnAddresses {
  private static final Logger LOG = LoggerFactory.getLogger(OwnAddresses.class);

  private OwnAddresses() {}

  static List<IpAddress> list() {
    List<IpAddress> addresses = new ArrayList<>();
    try {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLoopbackAddress())
          .forEach(address -> addresses.add(IpAddress.of(address)));
    } catch (SocketException e) {
      LOG.warn("the addresses of this machine cannot be listed: {}", e.getMessage());
    }
    return addresses;
  }
}
