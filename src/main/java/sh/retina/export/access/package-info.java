/** Who may read what is not metrics or health. */
@NullMarked
package sh.retina.export.access;

import org.jspecify.annotations.NullMarked;
