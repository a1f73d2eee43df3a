/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The sweep over the flow table, in the kernel: user space that reads and deletes entries loses what is counted in
 * between.
 */
#ifndef RETINA_FLOW_SWEEP_H
#define RETINA_FLOW_SWEEP_H

struct sweep {
	monotonic_ns now;
	__u32 connections;
	__u8 flush;
	__u8 pad[3];
};

static __always_inline int is_over(const struct flow_key *key, const struct flow_entry *entry, monotonic_ns now)
{
	__u64 idle = elapsed_ns(now, entry->last_ns);

	if (entry->closed)
		return idle >= closed_linger_ns;
	/* A handshake that nobody answers is no connection: a port scan must not hold the table for minutes. */
	if (key->protocol == IPPROTO_TCP && entry->seen[SIDE_IN] && entry->seen[SIDE_OUT])
		return idle >= tcp_idle_ns;
	return idle >= other_idle_ns;
}

/* Why to report this direction now, or REPORT_PACKET: nothing is due. */
static __always_inline enum report_reason reason_to_report(
	const struct flow_entry *entry, enum side side, const struct sweep *sweep, __u8 over)
{
	if (!entry->pending[side])
		return REPORT_PACKET;
	if (over)
		return REPORT_END;
	if (sweep->flush)
		return REPORT_FLUSH;
	return elapsed_ns(sweep->now, entry->reported_ns[side]) >= report_interval_ns ? REPORT_INTERVAL : REPORT_PACKET;
}

/* Reports one direction if it is due, and marks the entry dead if it is over; negative when the ring is full. */
static __always_inline int sweep_side(
	const struct flow_key *key, struct flow_entry *entry, enum side side, const struct sweep *sweep, __u8 *over)
{
	struct flow_report report;
	enum report_reason reason;
	__u32 identity;

	bpf_spin_lock(&entry->lock);
	identity = entry->identity;
	if (!sweep->flush && is_over(key, entry, sweep->now))
		entry->dead = 1;
	*over = entry->dead;
	reason = reason_to_report(entry, side, sweep, entry->dead);
	if (reason != REPORT_PACKET)
		take(entry, side, reason, sweep->now, &report);
	bpf_spin_unlock(&entry->lock);
	if (reason == REPORT_PACKET || !emit_flow(key, &report, side, sweep->now))
		return 0;
	give_back(entry, side, identity, *over, &report);
	return -1;
}

static long sweep_entry(void *table, const struct flow_key *key, struct flow_entry *entry, struct sweep *sweep)
{
	__u8 over;

	/* Inserted this moment, not yet claimed. */
	if (!entry->identity)
		return 0;
	over = !sweep->flush && is_over(key, entry, sweep->now);
	/* First without the lock: what has just become due waits for the next sweep. */
	if (over || reason_to_report(entry, SIDE_IN, sweep, 0) != REPORT_PACKET ||
		reason_to_report(entry, SIDE_OUT, sweep, 0) != REPORT_PACKET) {
		if (sweep_side(key, entry, SIDE_IN, sweep, &over) || sweep_side(key, entry, SIDE_OUT, sweep, &over))
			over = 0;
	}
	if (over)
		bpf_map_delete_elem(table, key);
	else if (!entry->closed && entry->first_on_node[entry->initiator & 1])
		sweep->connections++;
	return 0;
}

/* Returns the open connections whose first packet entered the node here or was made by it: each connection once. */
static __always_inline int sweep_flows(__u8 flush)
{
	struct sweep sweep = {.now = bpf_ktime_get_ns(), .flush = flush};

	bpf_for_each_map_elem(&flow_table, sweep_entry, &sweep, 0);
	return sweep.connections;
}

#endif
