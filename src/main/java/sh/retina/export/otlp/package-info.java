/** Metrics out by OTLP, to a collector that does not scrape. */
@NullMarked
package sh.retina.export.otlp;

import org.jspecify.annotations.NullMarked;
