package sh.retina.operator;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts servers by a file of authorities that may be replaced, as a kubelet does with a service
 * account's when a cluster changes its own: the client reads it once only. Thread-safe.
 */
final class FollowedAuthority extends X509ExtendedTrustManager {
  /** What the file said, and when it was written. */
  private record Read(FileTime written, X509ExtendedTrustManager trust) {}

  private final Config config;
  private final Path file;
  private volatile @Nullable Read last;

  private FollowedAuthority(Config config, Path file) {
    this.config = config;
    this.file = file;
  }

  /** Null where the configuration names no file, or trusts anybody. */
  static @Nullable FollowedAuthority of(Config config) {
    String file = config.getCaCertFile();
    return file == null || config.getCaCertData() != null || config.isTrustCerts()
        ? null
        : new FollowedAuthority(config, Path.of(file));
  }

  private X509ExtendedTrustManager trust() throws CertificateException {
    try {
      FileTime written = Files.getLastModifiedTime(file);
      Read known = last;
      if (known == null || !known.written.equals(written)) {
        known = new Read(written, read());
        last = known;
      }
      return known.trust;
    } catch (IOException | GeneralSecurityException e) {
      throw new CertificateException("the authorities of " + file + " cannot be read", e);
    }
  }

  private X509ExtendedTrustManager read() throws IOException, GeneralSecurityException {
    for (TrustManager manager : SSLUtils.trustManagers(config)) {
      if (manager instanceof X509ExtendedTrustManager trust) {
        return trust;
      }
    }
    throw new CertificateException("nothing of this Java checks certificates");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trust().checkServerTrusted(chain, type, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trust().checkServerTrusted(chain, type, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trust().checkServerTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    trust().checkClientTrusted(chain, type, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    trust().checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trust().checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0]; // of clients: there are none here
  }
}
