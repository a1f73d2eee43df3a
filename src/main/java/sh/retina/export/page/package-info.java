/** The node's page in a browser. */
@NullMarked
package sh.retina.export.page;

import org.jspecify.annotations.NullMarked;
