package sh.retina.crd;

/** Empty, as in Retina: the spec says all. */
@Stored
public record RetinaEndpointStatus() {}
