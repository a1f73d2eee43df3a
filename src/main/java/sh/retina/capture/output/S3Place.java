package sh.retina.capture.output;

import java.net.URI;
import sh.retina.cli.capture.S3Access;

/** Names of objects in a bucket. */
final class S3Place {
  private S3Place() {}

  /** As a person finds it: by the store's address, or as Amazon's tools write it. */
  static String location(OutputSettings.S3 settings, String name) {
    URI endpoint = settings.endpoint();
    String store =
        endpoint == null ? "s3://" : endpoint.toString().replaceFirst("/*([?#].*)?$", "") + "/";
    return store + settings.bucket() + "/" + key(settings, name);
  }

  static String key(OutputSettings.S3 settings, String name) {
    return S3Access.key(settings.path(), name);
  }
}
