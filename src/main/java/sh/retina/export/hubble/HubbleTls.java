package sh.retina.export.hubble;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.3 with the certificate, key and client authorities of files that are read again when they
 * change: new connections get what is new. A file that cannot be read leaves what was there.
 */
final class HubbleTls {
  private static final Logger LOG = LoggerFactory.getLogger(HubbleTls.class);

  private final HubbleProperties.Tls properties;
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager authorities;
  private Map<Path, FileTime> read = Map.of();
  private X509Certificate certificate;

  HubbleTls(HubbleProperties.Tls properties) {
    this.properties = properties;
    try {
      this.authorities =
          AdvancedTlsX509TrustManager.newBuilder()
              .setVerification(
                  AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
              .build();
      Map<Path, FileTime> now = times();
      certificate = load();
      read = now;
    } catch (IOException | GeneralSecurityException e) {
      throw new HubbleException("retina.hubble.tls: " + e.getMessage(), e);
    }
  }

  SslContext context() {
    try {
      SslContextBuilder builder =
          GrpcSslContexts.configure(SslContextBuilder.forServer(keys), SslProvider.JDK)
              .protocols("TLSv1.3");
      if (!properties.clientCaFiles().isEmpty()) {
        builder.trustManager(authorities).clientAuth(ClientAuth.REQUIRE);
      }
      return builder.build();
    } catch (IOException e) {
      throw new HubbleException("retina.hubble.tls: " + e.getMessage(), e);
    }
  }

  /** What new connections are shown. */
  X509Certificate certificate() {
    return certificate;
  }

  /** Reads the files again if one has changed; called now and then, by one thread. */
  void refresh() {
    try {
      Map<Path, FileTime> now = times();
      if (now.equals(read)) {
        return;
      }
      certificate = load();
      read = now;
      LOG.info("the certificate of the Hubble API was read again");
    } catch (IOException | GeneralSecurityException e) {
      LOG.warn(
          "retina.hubble.tls: the files have changed, but cannot be used; the old ones stay: {}",
          e.toString());
    }
  }

  private X509Certificate load() throws IOException, GeneralSecurityException {
    X509Certificate[] chain = PemIdentity.certificates(Path.of(properties.certFile()));
    PrivateKey key = PemIdentity.key(Path.of(properties.keyFile()));
    List<X509Certificate> trusted = new ArrayList<>();
    for (String file : properties.clientCaFiles()) {
      trusted.addAll(List.of(PemIdentity.certificates(Path.of(file))));
    }
    // All has been read: nothing is half new.
    keys.updateIdentityCredentials(chain, key);
    if (!trusted.isEmpty()) {
      authorities.updateTrustCredentials(trusted.toArray(X509Certificate[]::new));
    }
    return chain[0];
  }

  private Map<Path, FileTime> times() throws IOException {
    List<String> files = new ArrayList<>(properties.clientCaFiles());
    files.add(properties.certFile());
    files.add(properties.keyFile());
    Map<Path, FileTime> times = new HashMap<>();
    for (String file : files) {
      times.put(Path.of(file), Files.getLastModifiedTime(Path.of(file)));
    }
    return times;
  }
}
