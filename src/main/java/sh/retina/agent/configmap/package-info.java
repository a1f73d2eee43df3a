/**
 * Reads Retina's own {@code config.yaml}, so that an existing ConfigMap goes on working: {@code
 * ConfigMapKeys} says what each of its keys is here; the rest makes a source of Spring Boot's
 * configuration of it, which is read again when the file changes.
 */
@NullMarked
package sh.retina.agent.configmap;

import org.jspecify.annotations.NullMarked;
