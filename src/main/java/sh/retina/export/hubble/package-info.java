/** The Hubble API over gRPC: what its command line, relay and UI connect to. */
@NullMarked
package sh.retina.export.hubble;

import org.jspecify.annotations.NullMarked;
