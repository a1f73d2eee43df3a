package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What became of a configuration. */
public enum State {
  /** Nobody looked at it yet. */
  @JsonProperty("Initialized")
  INITIALIZED,
  @JsonProperty("Accepted")
  ACCEPTED,
  /** It is not applied. */
  @JsonProperty("Errored")
  ERRORED,
  /** It is applied; a part of it has no effect. */
  @JsonProperty("Warning")
  WARNING
}
