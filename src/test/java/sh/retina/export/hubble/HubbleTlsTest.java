package sh.retina.export.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.flow.proto.observer.ServerStatusRequest;

/** TLS with certificates that openssl makes, as people do. */
@EnabledIf(value = "hasOpenssl", disabledReason = "needs openssl")
class HubbleTlsTest {
  private static final String NAME = "n1.default.hubble-grpc.cilium.io";

  @TempDir private Path directory;

  static boolean hasOpenssl() {
    return Files.isExecutable(Path.of("/usr/bin/openssl"));
  }

  @BeforeEach
  void makeAuthority() throws IOException, InterruptedException {
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ca.key");
    openssl(
        "req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=ca", "-days", "9", "-out",
        "ca.crt");
  }

  /** PKCS #8, PKCS #1 and SEC 1. */
  @ParameterizedTest
  @ValueSource(strings = {"genpkey", "genrsa", "ecparam"})
  void shouldServeWhoHasACertificateOfTheAuthority(String kind)
      throws IOException, InterruptedException, GeneralSecurityException {
    certificate("server", kind);
    certificate("client", "genpkey");
    try (TestServer hubble = server()) {
      assertThat(maxFlows(hubble, true, "TLSv1.3")).isEqualTo(4095);
      assertThatThrownBy(() -> maxFlows(hubble, false, "TLSv1.3"))
          .isInstanceOf(StatusRuntimeException.class);
      assertThatThrownBy(() -> maxFlows(hubble, true, "TLSv1.2"))
          .isInstanceOf(StatusRuntimeException.class);
      assertThat(maxFlows(hubble, true, "TLSv1.3")).as("and goes on").isEqualTo(4095);
    }
  }

  @Test
  void shouldHangUpOnAHandshakeThatDoesNotGoOn() throws IOException, InterruptedException {
    certificate("server", "ecparam");
    // A record of a handshake of 512 bytes, which are not there.
    byte[] begun = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};
    try (TestServer hubble = server()) {
      int port = hubble.server.port();
      HubbleConnectionsTest.assertHungUp(
          List.of(
              HubbleConnectionsTest.silent(port, new byte[0]),
              HubbleConnectionsTest.silent(port, begun)));
    }
  }

  @Test
  void shouldUseFilesThatChange()
      throws IOException, InterruptedException, GeneralSecurityException {
    certificate("server", "genpkey");
    HubbleTls tls = new HubbleTls(properties());
    Path certificate = directory.resolve("server.crt");
    var first = PemIdentity.certificates(certificate)[0];
    assertThat(tls.certificate()).isEqualTo(first);

    certificate("server", "genrsa");
    touch(certificate);
    tls.refresh();
    assertThat(tls.certificate()).isNotEqualTo(first);

    var second = tls.certificate();
    Files.writeString(directory.resolve("server.key"), "nothing");
    touch(directory.resolve("server.key"));
    tls.refresh();
    assertThat(tls.certificate()).as("what cannot be used leaves the old").isEqualTo(second);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\n!\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMIT/////\n-----END EC PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----"
      })
  void shouldRefuseAKeyThatIsNone(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("bad.key"), text);

    assertThatThrownBy(() -> PemIdentity.key(file)).isInstanceOf(GeneralSecurityException.class);
  }

  private static void touch(Path file) throws IOException {
    Files.setLastModifiedTime(
        file, FileTime.fromMillis(Files.getLastModifiedTime(file).toMillis() + 5_000));
  }

  private HubbleProperties.Tls properties() {
    return new HubbleProperties.Tls(
        directory.resolve("server.crt").toString(),
        directory.resolve("server.key").toString(),
        List.of(directory.resolve("ca.crt").toString()));
  }

  private TestServer server() {
    return new TestServer("", 10, properties());
  }

  private long maxFlows(TestServer hubble, boolean hasCertificate, String protocol)
      throws IOException, GeneralSecurityException {
    SslContextBuilder ssl =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
            .protocols(protocol)
            .trustManager(PemIdentity.certificates(directory.resolve("ca.crt")));
    if (hasCertificate) {
      ssl.keyManager(
          PemIdentity.key(directory.resolve("client.key")),
          PemIdentity.certificates(directory.resolve("client.crt")));
    }
    ManagedChannel channel =
        hubble.keep(
            NettyChannelBuilder.forAddress("127.0.0.1", hubble.server.port())
                .overrideAuthority(NAME)
                .sslContext(ssl.build())
                .build());
    return TestServer.observer(channel)
        .serverStatus(ServerStatusRequest.getDefaultInstance())
        .getMaxFlows();
  }

  private void certificate(String name, String kind) throws IOException, InterruptedException {
    String key = name + ".key";
    switch (kind) {
      case "genrsa" -> openssl("genrsa", "-traditional", "-out", key, "2048");
      case "ecparam" -> openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key);
      default -> openssl("genpkey", "-algorithm", "RSA", "-out", key);
    }
    openssl("req", "-new", "-key", key, "-subj", "/CN=" + name, "-out", name + ".csr");
    Files.writeString(
        directory.resolve("ext"), "subjectAltName=DNS:*.default.hubble-grpc.cilium.io\n");
    openssl(
        "x509",
        "-req",
        "-in",
        name + ".csr",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "9",
        "-extfile",
        "ext",
        "-out",
        name + ".crt");
  }

  private void openssl(String... words) throws IOException, InterruptedException {
    List<String> command = new java.util.ArrayList<>(List.of("/usr/bin/openssl"));
    command.addAll(List.of(words));
    Path log = directory.resolve("openssl.log");
    int code =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    assertThat(code).as(Files.readString(log)).isZero();
  }
}
