/**
 * {@code capture}: packets of many nodes by the rights of who calls. Nothing of it needs the
 * operator but schedules.
 *
 * <pre>
 * CreateCommand: SpecOptions -> CaptureSpec -> job.CaptureJobs -> API server -> CaptureWait
 * StreamCommand, DownloadCommand: HelperPod -> exec -> this terminal, this disk
 * </pre>
 */
@NullMarked
package sh.retina.cli.capture;

import org.jspecify.annotations.NullMarked;
