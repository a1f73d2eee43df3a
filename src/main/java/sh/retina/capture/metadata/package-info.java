/**
 * How a node's network was set up when a capture ended, by netlink and by files of /proc, beside
 * its packets.
 */
@NullMarked
package sh.retina.capture.metadata;

import org.jspecify.annotations.NullMarked;
