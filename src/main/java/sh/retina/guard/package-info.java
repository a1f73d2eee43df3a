/** Keeps the agent's own cost within a budget: docs/decisions/0006-overhead-guard.md. */
@NullMarked
package sh.retina.guard;

import org.jspecify.annotations.NullMarked;
