/** Journal to meters and streams: decode, enrich, filter, aggregate as one Flux of batches. */
@NullMarked
package sh.retina.pipeline;

import org.jspecify.annotations.NullMarked;
