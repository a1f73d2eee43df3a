/** Flows as lines of JSON in files that rotate, as Hubble's exporter writes them. */
@NullMarked
package sh.retina.export.flowlog;

import org.jspecify.annotations.NullMarked;
