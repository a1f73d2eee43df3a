/** Meters out: node, pod and agent metrics. */
@NullMarked
package sh.retina.export.prometheus;

import org.jspecify.annotations.NullMarked;
