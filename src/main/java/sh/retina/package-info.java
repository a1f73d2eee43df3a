/**
 * Network observability for a node: what the kernel saw, as metrics and flows.
 *
 * <pre>
 * kernel      bpf           journal          pipeline                                   export
 * *.bpf.c -> RingBuffer -> EventJournal -> decode -> enrich -> filter -> aggregate -> prometheus
 *                                            ^          ^                      `----> sse
 *                                     plugin/NAME    identity
 * </pre>
 *
 * <p>The packages on the path know only those to their left. This one wires them and chooses the
 * role.
 */
@NullMarked
package sh.retina;

import org.jspecify.annotations.NullMarked;
