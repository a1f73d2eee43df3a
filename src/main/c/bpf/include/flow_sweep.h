/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The sweep over the flow table, in the kernel: user space that reads and deletes entries loses what is counted in
 * between.
 *
 * It exists twice. BPF_PROG_TEST_RUN of a tc program holds soft interrupts off on its CPU for as long as it runs; of a
 * syscall program it is preemptible. Measured (6.18, one 2020s core), in a table of 65,536 buckets: 1.1 ms with 1 to
 * 2,000 entries (it is the buckets that take the time), 6.4 ms with 65,536 of which none is due, 18 ms with a report
 * from each. So user space should run sys_flow_sweep (5.14; tried on 6.1 and 6.18) and fall back to flow_sweep where
 * it does not load. One at a time.
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

/* Why to report this direction in passing, or -1. */
static __always_inline int reason_to_sweep(
	const struct flow_entry *entry, enum side side, const struct sweep *sweep, int over)
{
	if (!entry->pending[side])
		return -1;
	if (over)
		return REPORT_END;
	if (sweep->flush)
		return REPORT_FLUSH;
	return elapsed_ns(sweep->now, entry->reported_ns[side]) >= report_interval_ns ? REPORT_INTERVAL : -1;
}

static __always_inline int sweep_side(
	const struct flow_key *key, struct flow_entry *entry, enum side side, const struct sweep *sweep, int over)
{
	int reason = reason_to_sweep(entry, side, sweep, over);

	return reason < 0 ? 0 : report_pending(key, entry, side, reason, sweep->now);
}

static long sweep_entry(void *table, const struct flow_key *key, struct flow_entry *entry, struct sweep *sweep)
{
	int over = !sweep->flush && is_over(key, entry, sweep->now);

	/* Inserted this moment, not yet claimed. */
	if (!entry->identity)
		return 0;
	/* First without the lock: what has just become due waits for the next sweep. */
	if ((over || reason_to_sweep(entry, SIDE_IN, sweep, 0) >= 0 ||
		    reason_to_sweep(entry, SIDE_OUT, sweep, 0) >= 0) &&
		try_lock(entry)) {
		over = !sweep->flush && is_over(key, entry, sweep->now);
		if (!sweep_side(key, entry, SIDE_IN, sweep, over) && !sweep_side(key, entry, SIDE_OUT, sweep, over) &&
			over) {
			bpf_map_delete_elem(table, key); /* still locked: nobody is to enter */
			return 0;
		}
		unlock(entry);
	}
	if (!entry->closed && entry->first_on_node[entry->initiator & 1])
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
