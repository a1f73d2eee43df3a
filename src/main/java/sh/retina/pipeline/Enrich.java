package sh.retina.pipeline;

import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.Observation;
import sh.retina.identity.IdentityTable;

/** Says who owns the addresses of an observation. Stateless. */
final class Enrich {
  private Enrich() {}

  /** Sets source and destination from what held at this place of the journal. */
  static void apply(Observation event, IdentityTable identities) {
    event.source = identities.endpoint(event.sourceHigh, event.sourceLow);
    event.destination = identities.endpoint(event.destinationHigh, event.destinationLow);
    if (event.cgroupId != 0) {
      ownSocket(event, identities);
    }
  }

  /** A socket's owner is known even where its address says nothing: a pod on the host's network. */
  private static void ownSocket(Observation event, IdentityTable identities) {
    boolean isDestinations = event.direction == Direction.INGRESS;
    if ((isDestinations ? event.destination : event.source).isPod()
        || event.direction == Direction.UNKNOWN && event.destination.isPod()) {
      return;
    }
    Endpoint owner = identities.endpointOfCgroup(event.cgroupId);
    if (!owner.isPod()) {
      return;
    }
    if (isDestinations) {
      event.destination = owner;
    } else {
      event.source = owner;
    }
  }
}
