/** Why one thing cannot reach another: evidence in, a diagnosis out. */
@NullMarked
package sh.retina.cli.explain;

import org.jspecify.annotations.NullMarked;
