package sh.retina.plugin.ciliumeventobserver;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where Cilium is.
 *
 * @param socket of its monitor, protocol 1.2
 */
@ConfigurationProperties(prefix = "retina.ciliumeventobserver")
public record CiliumeventobserverProperties(
    @DefaultValue("/var/run/cilium/monitor1_2.sock") Path socket) {}
