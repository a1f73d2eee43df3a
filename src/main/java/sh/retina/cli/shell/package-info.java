/**
 * {@code shell}: a terminal on a node or in a pod, by the rights of who calls.
 *
 * <pre>
 * ShellCommand: DebugContainer -> API server -> Session: ContainerStart, then AttachSocket -> this terminal
 * </pre>
 */
@NullMarked
package sh.retina.cli.shell;

import org.jspecify.annotations.NullMarked;
