/** Hubble's metrics of flows, by its names, on a port of their own. */
@NullMarked
package sh.retina.export.hubble.metrics;

import org.jspecify.annotations.NullMarked;
