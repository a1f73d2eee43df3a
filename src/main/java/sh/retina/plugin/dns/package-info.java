/** DNS messages at pod veths and the node's interface, by tc. */
@NullMarked
package sh.retina.plugin.dns;

import org.jspecify.annotations.NullMarked;
