/** What a person at a terminal meets. */
@NullMarked
package sh.retina.cli;

import org.jspecify.annotations.NullMarked;
