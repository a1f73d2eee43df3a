package sh.retina.export.hubble;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and keys out of PEM files (RFC 7468). Private keys are read as PKCS #8, and as PKCS
 * #1 (RFC 8017) and SEC 1 (RFC 5915), which Helm and cert-manager write.
 */
final class PemIdentity {
  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN (RSA |EC |)PRIVATE KEY-----([A-Za-z0-9+/=\\s]*)-----END \\1PRIVATE KEY-----");

  // rsaEncryption with NULL, as an AlgorithmIdentifier.
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };
  // id-ecPublicKey without its sequence; the curve follows.
  private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};
  private static final byte[] VERSION_0 = {2, 1, 0};
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 4;
  private static final int PARAMETERS = 0xa0;

  private PemIdentity() {}

  static X509Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
    List<X509Certificate> all = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (var each :
        factory.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      all.add((X509Certificate) each);
    }
    if (all.isEmpty()) {
      throw new GeneralSecurityException("no certificate in " + file);
    }
    return all.toArray(X509Certificate[]::new);
  }

  static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!pem.find()) {
      throw new GeneralSecurityException("no private key that is not encrypted in " + file);
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
      return switch (pem.group(1)) {
        case "RSA " -> of("RSA", wrap(RSA, der));
        case "EC " -> of("EC", wrap(tagged(SEQUENCE, EC, curve(der)), der));
        default -> any(der, file);
      };
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("the private key in " + file + " is damaged", e);
    }
  }

  private static PrivateKey any(byte[] der, Path file) throws GeneralSecurityException {
    for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
      try {
        return of(algorithm, der);
      } catch (GeneralSecurityException _) {
        // Of another algorithm, or of none.
      }
    }
    throw new GeneralSecurityException("the private key in " + file + " is not RSA, EC or EdDSA");
  }

  private static PrivateKey of(String algorithm, byte[] pkcs8) throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return tagged(SEQUENCE, VERSION_0, algorithm, tagged(OCTETS, key));
  }

  /** The curve's identifier: ECPrivateKey ::= { version, privateKey, [0] parameters, … }. */
  private static byte[] curve(byte[] der) {
    int at = content(der, 0);
    while (at < der.length) {
      int start = content(der, at);
      int end = start + length(der, at + 1);
      if ((der[at] & 0xff) == PARAMETERS && end <= der.length) {
        return java.util.Arrays.copyOfRange(der, start, end);
      }
      at = end;
    }
    throw new IllegalArgumentException("no curve");
  }

  private static int content(byte[] der, int at) {
    int first = byteAt(der, at + 1);
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = byteAt(der, at);
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 1; i <= (first & 0x7f); i++) {
      length = length << 8 | byteAt(der, at + i);
    }
    if (length < 0) {
      throw new IllegalArgumentException("a length beyond the key");
    }
    return length;
  }

  private static int byteAt(byte[] der, int at) {
    if (at < 0 || at >= der.length) {
      throw new IllegalArgumentException("cut off");
    }
    return der[at] & 0xff;
  }

  private static byte[] tagged(int tag, byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    int length = body.size();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(tag);
    if (length < 0x80) {
      all.write(length);
    } else if (length < 0x100) {
      all.write(0x81);
      all.write(length);
    } else {
      all.write(0x82);
      all.write(length >> 8);
      all.write(length);
    }
    all.writeBytes(body.toByteArray());
    return all.toByteArray();
  }
}
