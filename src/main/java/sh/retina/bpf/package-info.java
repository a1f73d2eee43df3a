/**
 * Kernel to Java: libbpf through Panama, ring buffers read in place, BTF. Knows nothing of the rest
 * and could be its own library.
 */
@NullMarked
package sh.retina.bpf;

import org.jspecify.annotations.NullMarked;
