/**
 * The custom resources of group {@code retina.sh}, as records: names and rules are those that users
 * of Retina have. The CRDs of the chart are made of these classes; a rule that the API server can
 * check stands here, as a CEL expression with a sentence that says what to change.
 *
 * <p>A component that may be absent in an object is {@code @Nullable}: absent and empty are not the
 * same to the API server.
 */
@NullMarked
package sh.retina.crd;

import org.jspecify.annotations.NullMarked;
