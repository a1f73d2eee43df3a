/** Packets and bytes through the node's network interfaces, by direction. */
@NullMarked
package sh.retina.plugin.packetforward;

import org.jspecify.annotations.NullMarked;
