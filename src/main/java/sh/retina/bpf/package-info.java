/**
 * Kernel to Java: libbpf through Panama, ring buffers read in place, BTF. Knows nothing of the rest
 * and could be its own library.
 *
 * <pre>
 *  BpfObject.open ─► BpfSpec ── knobs, sizes ──► load ─► BpfObject ─┬─► BpfProgram ─► BpfLink
 *       │                                                           ├─► BpfMap ─► BpfMapBatches
 *       ▼                                                           └─► RingBuffer ─► RingRecords
 *      Btf ─► BpfStruct ─► BpfField        what a record means, bound by name
 *
 *  KernelFeatures · KernelBtf · KernelSymbols · Clocks      the kernel that we are on
 *  NetworkNamespace · LinkMonitor                           where to attach
 *  PacketSource                                             whole packets, by libpcap
 * </pre>
 *
 * <p>C's side is in {@code Libbpf}, {@code LibbpfTc}, {@code BpfSyscall}, {@code Libpcap} and
 * {@code Libc}: the only classes with downcall handles, in C's own words.
 */
@NullMarked
package sh.retina.bpf;

import org.jspecify.annotations.NullMarked;
