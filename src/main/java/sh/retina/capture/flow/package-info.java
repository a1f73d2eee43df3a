/**
 * What the node's agent says while packets are recorded: what starts a capture, and why packets
 * were dropped.
 *
 * <pre>
 * AgentFlows (GET /flows) ─► FlowTrigger      seen often enough: begin
 *                        └─► FlowComments     by PacketTuple: what to say of a packet
 * </pre>
 */
@NullMarked
package sh.retina.capture.flow;

import org.jspecify.annotations.NullMarked;
