package sh.retina.agent;

import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Assumptions;

/**
 * An authority made by openssl, as people make theirs, and a certificate for this machine's own
 * addresses; and who asks an agent from beyond loopback with it.
 */
final class TestAuthority {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path directory;
  private final String address;

  TestAuthority(Path directory) throws IOException {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "needs openssl");
    this.directory = Files.createDirectories(directory);
    this.address = machineAddress();
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ca.key");
    openssl(
        "req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=ca", "-days", "9", "-out",
        "ca.crt");
    issue();
  }

  /**
   * An IPv4 address of this machine that is not loopback; a test is skipped where there is none.
   */
  static String machineAddress() throws IOException {
    String address =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(one -> one instanceof Inet4Address && !one.isLoopbackAddress())
            .map(InetAddress::getHostAddress)
            .findFirst()
            .orElse("");
    Assumptions.assumeFalse(address.isEmpty(), "this machine has no address but loopback");
    return address;
  }

  /** Another key and certificate under the same names. */
  void issue() throws IOException {
    openssl(
        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "next.key");
    openssl("req", "-new", "-key", "next.key", "-subj", "/CN=agent", "-out", "agent.csr");
    Files.writeString(
        directory.resolve("names"), "subjectAltName=IP:127.0.0.1,IP:" + address + "\n");
    openssl(
        "x509",
        "-req",
        "-in",
        "agent.csr",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "9",
        "-extfile",
        "names",
        "-out",
        "next.crt");
    Files.move(
        directory.resolve("next.key"), key(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.move(
        directory.resolve("next.crt"),
        certificate(),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  Path authority() {
    return directory.resolve("ca.crt");
  }

  Path certificate() {
    return directory.resolve("agent.crt");
  }

  Path key() {
    return directory.resolve("agent.key");
  }

  /** An address of this machine that is not loopback. */
  String address() {
    return address;
  }

  /** What is answered there, to whom only this authority is known; {@code token} empty: none. */
  HttpResponse<String> get(int port, String path, String token) {
    try (HttpClient http =
        HttpClient.newBuilder().sslContext(trusting()).connectTimeout(PATIENCE).build()) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("https://" + address + ":" + port + path))
              .timeout(PATIENCE);
      if (!token.isEmpty()) {
        request.header("Authorization", "Bearer " + token);
      }
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  SSLContext trusting() {
    return trusting(authority());
  }

  /** Whom only this certificate convinces. */
  static SSLContext trusting(Path certificate) {
    try (InputStream pem = Files.newInputStream(certificate)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "trusted", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError(certificate.toString(), e);
    }
  }

  private void openssl(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new AssertionError(command + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
