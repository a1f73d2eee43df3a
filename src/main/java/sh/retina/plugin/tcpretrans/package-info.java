/** TCP segments that sockets send again, by the tracepoints of retransmissions. */
@NullMarked
package sh.retina.plugin.tcpretrans;

import org.jspecify.annotations.NullMarked;
