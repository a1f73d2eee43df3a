/** A flow in Hubble's words: protobuf, JSON and filters. */
@NullMarked
package sh.retina.flow;

import org.jspecify.annotations.NullMarked;
