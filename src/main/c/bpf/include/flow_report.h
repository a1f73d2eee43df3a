/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Reports of flows. Under the entry's lock the counts are taken out of it; the ring is asked for room after the lock,
 * for under a lock no helper may be called. What a full ring refuses is given back, so that the sums stay exact.
 */
#ifndef RETINA_FLOW_REPORT_H
#define RETINA_FLOW_REPORT_H

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} flow_events SEC(".maps");

/* When a report that the ring refused is tried again. */
#define RETRY_NS (report_interval_ns < SECOND_NS ? report_interval_ns : SECOND_NS)

/* What an event says beyond its key. */
struct flow_report {
	struct flow_delta delta;
	__u8 icmp_type;
	__u8 icmp_code;
	enum report_reason reason;
	enum reply reply;
	__u8 first_on_node;
	__u8 due;
	__u8 pad[2];
};

static __always_inline enum observation_point point_of(const struct flow_key *key, enum side side)
{
	if (key->network)
		return side == SIDE_IN ? POINT_FROM_NETWORK : POINT_TO_NETWORK;
	return side == SIDE_IN ? POINT_FROM_ENDPOINT : POINT_TO_ENDPOINT;
}

/* 0 when the event is on its way, negative when the ring is full. */
static __always_inline int emit_flow(
	const struct flow_key *key, const struct flow_report *report, enum side side, monotonic_ns now)
{
	const struct flow_delta *delta = &report->delta;
	struct flow_event *event = reserve_event(&flow_events, EVENT_FLOW, sizeof(*event), now);

	if (!event)
		return -1;
	__builtin_memcpy(event->source_addr, side == SIDE_IN ? &key->beyond : &key->here, sizeof(inet6_addr));
	__builtin_memcpy(event->destination_addr, side == SIDE_IN ? &key->here : &key->beyond, sizeof(inet6_addr));
	event->first_ns = delta->first_ns;
	event->packets = delta->packets;
	event->bytes = delta->bytes;
	event->rtt_ns = delta->rtt_ns;
	event->connect_ns = delta->connect_ns;
	__builtin_memcpy(event->flag_counts, delta->flag_counts, sizeof(event->flag_counts));
	event->interface_index = key->interface_index;
	event->sampling = sampling_rate;
	event->tcp_flags = delta->tcp_flags;
	event->vlan = key->vlan;
	if (!is_icmp(key->protocol)) {
		event->source_port = side == SIDE_IN ? key->beyond_port : key->here_port;
		event->destination_port = side == SIDE_IN ? key->here_port : key->beyond_port;
	}
	event->protocol = key->protocol;
	event->ip_version = key->ip_version;
	event->icmp_type = report->icmp_type;
	event->icmp_code = report->icmp_code;
	event->point = point_of(key, side);
	event->reason = report->reason;
	event->reply = report->reply;
	event->first_on_node = report->first_on_node;
	submit_event(event);
	add_stat(&flow_stats, FLOW_STAT_EVENTS, 1);
	return 0;
}

static __always_inline void lose(const struct flow_delta *delta)
{
	add_stat(&flow_stats, FLOW_STAT_LOST_EVENTS, 1);
	add_stat(&flow_stats, FLOW_STAT_LOST_PACKETS, delta->packets);
	add_stat(&flow_stats, FLOW_STAT_LOST_BYTES, delta->bytes);
}

/* Under the lock. */
static __always_inline void take(struct flow_entry *entry, enum side side, enum report_reason reason, monotonic_ns now,
	struct flow_report *report)
{
	struct flow_side *from = &entry->sides[side];

	report->delta = from->pending;
	report->icmp_type = from->icmp_type;
	report->icmp_code = from->icmp_code;
	report->reason = reason;
	report->reply = entry->initiator == side ? REPLY_NO : REPLY_YES;
	report->first_on_node = entry->first_on_node[side];
	report->due = 1;
	__builtin_memset(&from->pending, 0, sizeof(from->pending));
	entry->pending[side] = 0;
	entry->reported_ns[side] = now;
	entry->seen[side] = 1;
}

/* Puts back what the ring refused; revives the entry if the sweep was about to delete it. */
static __always_inline void give_back(
	struct flow_entry *entry, enum side side, __u32 identity, __u8 revive, const struct flow_report *report)
{
	const struct flow_delta *delta = &report->delta;
	struct flow_delta *pending = &entry->sides[side].pending;
	__u8 ours;

	bpf_spin_lock(&entry->lock);
	if (revive)
		entry->dead = 0;
	ours = entry->identity == identity && !entry->dead;
	if (ours) {
		entry->pending[side] = 1;
		/* Not at the next packet, nor only after a whole interval. */
		entry->reported_ns[side] -= report_interval_ns - RETRY_NS;
		pending->packets += delta->packets;
		pending->bytes += delta->bytes;
		pending->first_ns = delta->first_ns;
		pending->tcp_flags |= delta->tcp_flags;
		if (!pending->rtt_ns)
			pending->rtt_ns = delta->rtt_ns;
		if (!pending->connect_ns)
			pending->connect_ns = delta->connect_ns;
		for (int i = 0; i < FLAG_COUNT; i++)
			pending->flag_counts[i] += delta->flag_counts[i];
	}
	bpf_spin_unlock(&entry->lock);
	if (ours)
		add_stat(&flow_stats, FLOW_STAT_DEFERRED_EVENTS, 1);
	else
		lose(delta);
}

#endif
