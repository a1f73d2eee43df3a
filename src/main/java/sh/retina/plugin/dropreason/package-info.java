/** Packets that the kernel dropped, and why, by tp_btf/kfree_skb. */
@NullMarked
package sh.retina.plugin.dropreason;

import org.jspecify.annotations.NullMarked;
