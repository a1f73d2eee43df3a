/** The node's own counters: protocols, sockets, interfaces, queues. */
@NullMarked
package sh.retina.plugin.linuxutil;

import org.jspecify.annotations.NullMarked;
