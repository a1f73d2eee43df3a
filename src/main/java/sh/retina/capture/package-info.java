/**
 * The role {@code capture-worker}: packets of one node into files, for one capture. No Spring, as
 * it starts often and lives for a minute.
 *
 * <pre>
 * CaptureWorker ─► SettingsReader ─► Values       what is to be done
 *       │
 *       ▼
 *   Recording:  PacketSource (bpf) ─► FileRing ─► PacketFormat ─► WholeFile ─► OutputDirectory
 *       │                        └──► LiveStream ─► PacketFormat ─► standard output
 *       ▼
 *   output.Delivery                               the files to all their places
 *       │
 *       ▼
 * Answers: CaptureStatus                          what became of it, as JSON
 * </pre>
 */
@NullMarked
package sh.retina.capture;

import org.jspecify.annotations.NullMarked;
