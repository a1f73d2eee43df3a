/**
 * The role {@code operator}: one process of the cluster leads, by a Lease, and keeps the custom
 * resources in order: a RetinaEndpoint for each pod, the Jobs of Captures, a status for what users
 * write.
 *
 * <pre>
 * Leadership -> Controller: informers -> WorkQueue -> workers -> API server
 * </pre>
 *
 * <p>A controller compares what is with what should be, from its informers' caches, and writes the
 * difference. So a restart, a missed event or a new leader needs nothing special: all is compared
 * once.
 */
@NullMarked
package sh.retina.operator;

import org.jspecify.annotations.NullMarked;
