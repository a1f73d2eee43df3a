/** The life of TCP connections and their resets, by changes of sockets' states. */
@NullMarked
package sh.retina.plugin.tcplife;

import org.jspecify.annotations.NullMarked;
