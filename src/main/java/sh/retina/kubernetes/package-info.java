/**
 * What the cluster's API says about owners of addresses: lists and watches objects, keeps of them
 * what flows and metrics show, and tells changes as the journal takes them. Loaded only by an agent
 * that is told of a cluster.
 */
@NullMarked
package sh.retina.kubernetes;

import org.jspecify.annotations.NullMarked;
