/**
 * The spine: raw records and context changes in a Chronicle Queue, read by positions. The only
 * package that knows Chronicle.
 */
@NullMarked
package sh.retina.journal;

import org.jspecify.annotations.NullMarked;
