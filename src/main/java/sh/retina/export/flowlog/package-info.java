/**
 * Flows as lines of JSON, as Hubble's exporter writes them: in files that rotate, to collectors.
 */
@NullMarked
package sh.retina.export.flowlog;

import org.jspecify.annotations.NullMarked;
