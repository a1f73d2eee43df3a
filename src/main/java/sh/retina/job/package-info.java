/**
 * A capture as Jobs of Kubernetes: one for each node, each running the role {@code capture-worker}.
 * Shared by the operator, for Captures, and by the command line, which needs no operator.
 *
 * <pre>
 * CaptureSpec -> CaptureTargets -> NodeTarget -> PacketFilter -> CaptureJobs -> Job
 * Job, Pod    -> NodeProgress   <- WorkerAnswer
 * </pre>
 */
@NullMarked
package sh.retina.job;

import org.jspecify.annotations.NullMarked;
