/** Flows out: server-sent events on /flows. */
@NullMarked
package sh.retina.export.sse;

import org.jspecify.annotations.NullMarked;
