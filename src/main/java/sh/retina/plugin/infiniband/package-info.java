/** Counters of InfiniBand and RDMA ports. */
@NullMarked
package sh.retina.plugin.infiniband;

import org.jspecify.annotations.NullMarked;
