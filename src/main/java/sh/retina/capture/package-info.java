/**
 * The role {@code capture-worker}: packets of one node into files, for one capture. No Spring, as
 * it starts often and lives for a minute.
 *
 * <pre>
 * CaptureWorker ─► CaptureSettings
 *       │
 *       ▼
 *   Recording:  PacketSource (bpf) ─► FileRing ─► PacketFormat ─► WholeFile ─► OutputDirectory
 *       │
 *       ▼
 * CaptureStatus                              what became of it, as JSON
 * </pre>
 */
@NullMarked
package sh.retina.capture;

import org.jspecify.annotations.NullMarked;
