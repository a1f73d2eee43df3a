/** What is watched: plugins declare, the manager acts. */
@NullMarked
package sh.retina.plugin;

import org.jspecify.annotations.NullMarked;
