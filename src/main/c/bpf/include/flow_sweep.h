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
	if (key->protocol == IPPROTO_TCP && entry->sides[SIDE_IN].seen && entry->sides[SIDE_OUT].seen)
		return idle >= tcp_idle_ns;
	return idle >= other_idle_ns;
}

/* Reports one direction if it is due; negative when the ring is full. */
static __always_inline int sweep_side(
	const struct flow_key *key, struct flow_entry *entry, enum side side, struct sweep *sweep, __u8 *over)
{
	struct flow_report report = {};
	struct flow_side *own = &entry->sides[side];
	__u32 identity;

	bpf_spin_lock(&entry->lock);
	identity = entry->identity;
	if (!sweep->flush && !entry->dead && is_over(key, entry, sweep->now))
		entry->dead = 1;
	*over = entry->dead;
	if (own->pending.packets) {
		if (entry->dead)
			take(entry, side, REPORT_END, sweep->now, &report);
		else if (sweep->flush)
			take(entry, side, REPORT_FLUSH, sweep->now, &report);
		else if (elapsed_ns(sweep->now, own->reported_ns) >= report_interval_ns)
			take(entry, side, REPORT_INTERVAL, sweep->now, &report);
	}
	bpf_spin_unlock(&entry->lock);
	if (!report.due || !emit_flow(key, &report, side, sweep->now))
		return 0;
	give_back(entry, side, identity, *over, &report);
	return -1;
}

static long sweep_entry(void *table, const struct flow_key *key, struct flow_entry *entry, struct sweep *sweep)
{
	__u8 over = 0;

	if (!entry->identity)
		return 0;
	if (sweep_side(key, entry, SIDE_IN, sweep, &over) || sweep_side(key, entry, SIDE_OUT, sweep, &over))
		over = 0;
	if (over)
		bpf_map_delete_elem(table, key);
	else if (!entry->closed && entry->sides[entry->initiator & 1].first_on_node)
		sweep->connections++;
	return 0;
}

/* Returns the open connections whose first packet entered the node here or was made by it: each connection once. */
static __always_inline int sweep_flows(__u8 flush)
{
	struct sweep sweep = {.now = bpf_ktime_get_coarse_ns(), .flush = flush};

	bpf_for_each_map_elem(&flow_table, sweep_entry, &sweep, 0);
	return sweep.connections;
}

#endif
