/**
 * The spine: raw records and changes of context in a Chronicle Queue, and positions that read it.
 * The only package that knows Chronicle; knows nothing of who writes or reads.
 */
@NullMarked
package sh.retina.journal;

import org.jspecify.annotations.NullMarked;
