/**
 * The agent's wiring: configuration, threads and their life cycle, health. Knows every other
 * package; none knows it.
 */
@NullMarked
package sh.retina.agent;

import org.jspecify.annotations.NullMarked;
