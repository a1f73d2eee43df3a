package sh.retina.export.access;

/** What becomes of a request from beyond loopback. */
enum Answer {
  ALLOWED,
  /** The token is nobody's, or its time is over. */
  UNKNOWN,
  /** Its owner may not. */
  FORBIDDEN,
  /** Too many questions that the API server would have to answer. */
  BUSY,
  /** The API server does not answer. */
  UNAVAILABLE
}
