package sh.retina.kubernetes;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Signs tokens of service accounts as the API server does, with its {@code key}, for any life. */
record ServiceAccountTokens(Path key) {
  /** What the API server grants beyond the end of a token. */
  private static final long LEEWAY_SECONDS = 60;

  private static final String ISSUER = "https://kubernetes.default.svc";

  /** For an account that is made where it is not there, with its namespace. */
  String issue(KubernetesClient admin, String namespace, String serviceAccount, Duration life) {
    String uid = account(admin, namespace, serviceAccount).getMetadata().getUid();
    long now = Instant.now().getEpochSecond();
    Map<String, Object> claims =
        Map.of(
            "iss",
            ISSUER,
            "aud",
            List.of(ISSUER),
            "sub",
            "system:serviceaccount:" + namespace + ":" + serviceAccount,
            "iat",
            now,
            "nbf",
            now - LEEWAY_SECONDS,
            "exp",
            now + life.toSeconds() - LEEWAY_SECONDS,
            "kubernetes.io",
            Map.of(
                "namespace",
                namespace,
                "serviceaccount",
                Map.of("name", serviceAccount, "uid", uid)));
    String unsigned = encoded(Map.of("alg", "RS256", "typ", "JWT")) + "." + encoded(claims);
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(signingKey());
      signature.update(unsigned.getBytes(StandardCharsets.US_ASCII));
      return unsigned + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ServiceAccount account(KubernetesClient admin, String namespace, String name) {
    admin
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .serverSideApply();
    return admin
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .build())
        .serverSideApply();
  }

  private PrivateKey signingKey() throws GeneralSecurityException {
    try {
      String pem = Files.readString(key);
      String body = pem.replaceAll("-----[A-Z ]+-----|\\s", "");
      return KeyFactory.getInstance("RSA")
          .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String encoded(Map<String, Object> json) {
    return base64(JsonMapper.shared().writeValueAsBytes(json));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
