/** Flows at pod veths and the node's interface, by tc. */
@NullMarked
package sh.retina.plugin.packetparser;

import org.jspecify.annotations.NullMarked;
