/**
 * A plugin as somebody else would write it: this folder, {@code sample.bpf.c} and nothing more. The
 * agent of a test that has it on its class path knows it by {@code retina.plugins=sample}.
 */
@NullMarked
package sh.retina.plugin.sample;

import org.jspecify.annotations.NullMarked;
