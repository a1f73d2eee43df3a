/**
 * Who owns an address: the table that the enrich stage reads, and the changes that the journal
 * keeps between the events.
 */
@NullMarked
package sh.retina.identity;

import org.jspecify.annotations.NullMarked;
