/**
 * What the path of an event speaks: one {@link sh.retina.event.Observation} per kernel report and
 * the words in it. Imports the JDK only.
 */
@NullMarked
package sh.retina.event;

import org.jspecify.annotations.NullMarked;
