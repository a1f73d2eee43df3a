package sh.retina.kubernetes;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The files that a pod has of its service account, and how a program is started that finds them in
 * their place.
 */
public record PodAccount(Path directory) {
  /** For who asks {@code server}, in a directory {@code account} of {@code home}. */
  public static PodAccount make(Path home, ApiServer server, String namespace, String token)
      throws IOException {
    Path account = Files.createDirectory(home.resolve("account"));
    Files.copy(server.authority(), account.resolve("ca.crt"));
    Files.writeString(account.resolve("namespace"), namespace);
    Files.writeString(account.resolve("token"), token);
    return new PodAccount(account);
  }

  public void token(String token) throws IOException {
    replace("token", token);
  }

  /** Who signs for the API server. */
  public void authority(Path authority) throws IOException {
    replace("ca.crt", Files.readString(authority));
  }

  /** As kubelet does: another file takes the name. */
  private void replace(String file, String text) throws IOException {
    Path next = Files.writeString(directory.resolve(file + ".new"), text);
    Files.move(next, directory.resolve(file), StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * What to put before a command: a mount namespace where the service account's directory leads
   * here, and the variables of a pod; no other configuration is found.
   */
  public List<String> before(URI api) {
    return List.of(
        "unshare",
        "--mount",
        "sh",
        "-c",
        "mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io &&"
            + " ln -s \"$1\" /run/secrets/kubernetes.io/serviceaccount && shift && exec \"$@\"",
        "sh",
        directory.toString(),
        "env",
        "--unset=KUBECONFIG",
        "HOME=" + directory,
        "KUBERNETES_SERVICE_HOST=" + api.getHost(),
        "KUBERNETES_SERVICE_PORT=" + api.getPort());
  }
}
