/** What Cilium's agent says of the node's packets, by its monitor socket. */
@NullMarked
package sh.retina.plugin.ciliumeventobserver;

import org.jspecify.annotations.NullMarked;
