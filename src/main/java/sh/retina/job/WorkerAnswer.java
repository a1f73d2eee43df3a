package sh.retina.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.CaptureStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a worker left as its container's termination message: JSON of 4096 bytes at most, as that is
 * what a kubelet keeps.
 *
 * @param reason why it failed; empty when it did not, or did not say
 * @param trigger what started it; empty: it began at once
 * @param warning what is missing though it is no failure; empty: nothing
 * @param dropped packets that came too fast for the kernel's ring
 * @param outputs files at their places
 * @param more outputs that had no room in the message
 */
public record WorkerAnswer(
    String reason,
    String trigger,
    String warning,
    long packets,
    long dropped,
    List<CaptureStatus.File> outputs,
    int more) {
  private static final int SHA_256_CHARACTERS = 64;
  private static final int LONGEST = 1_024;
  private static final List<String> TYPES =
      List.of("hostPath", "persistentVolumeClaim", "blobUpload", "s3Upload");

  public WorkerAnswer {
    outputs = List.copyOf(outputs);
  }

  /** Of a message; what is no answer of a worker's is the reason itself. */
  public static WorkerAnswer of(String node, @Nullable String message) {
    String text = message == null ? "" : message.strip();
    try {
      JsonNode json = text.startsWith("{") ? JsonMapper.shared().readTree(text) : null;
      return json == null ? ofWords(text) : ofJson(node, json);
    } catch (JacksonException _) {
      return ofWords(text);
    }
  }

  private static WorkerAnswer ofWords(String text) {
    return new WorkerAnswer(cut(text), "", "", 0, 0, List.of(), 0);
  }

  private static WorkerAnswer ofJson(String node, JsonNode json) {
    List<CaptureStatus.File> outputs = new ArrayList<>();
    for (JsonNode one : json.path("outputs")) {
      String type = one.path("type").asString("");
      if (TYPES.contains(type)) {
        outputs.add(file(node, type, "location", one));
      }
    }
    if (!json.has("outputs")) {
      json.path("files").forEach(one -> outputs.add(file(node, "hostPath", "path", one)));
    }
    return new WorkerAnswer(
        cut(json.path("reason").asString("")),
        cut(json.path("trigger").asString("")),
        cut(json.path("warning").asString("")),
        json.path("packets").asLong(0),
        json.path("kernel").path("dropped").asLong(0),
        outputs,
        json.path("more").asInt(0));
  }

  private static CaptureStatus.File file(String node, String type, String place, JsonNode one) {
    String sha = one.path("sha256").asString("").toLowerCase(Locale.ROOT);
    String error = cut(one.path("error").asString(""));
    String location = cut(one.path(place).asString(""));
    return new CaptureStatus.File(
        node,
        type,
        location.isEmpty() ? null : location,
        one.path("size").isNumber() ? one.path("size").asLong() : null,
        sha.length() == SHA_256_CHARACTERS ? sha : null,
        error.isEmpty() ? null : error);
  }

  private static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }
}
