/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Reports of flows: from an entry, under its lock, or of one packet by itself. */
#ifndef RETINA_FLOW_REPORT_H
#define RETINA_FLOW_REPORT_H

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} flow_events SEC(".maps");

/* When a report that the ring refused is tried again. */
#define RETRY_NS (report_interval_ns < SECOND_NS ? report_interval_ns : SECOND_NS)

static __always_inline enum observation_point point_of(const struct flow_key *key, enum side side)
{
	if (key->network)
		return side == SIDE_IN ? POINT_FROM_NETWORK : POINT_TO_NETWORK;
	return side == SIDE_IN ? POINT_FROM_ENDPOINT : POINT_TO_ENDPOINT;
}

/* 0 when the event is on its way, negative when the ring is full. */
static __always_inline int emit_flow(const struct flow_key *key, const struct flow_delta *delta, enum side side,
	enum report_reason reason, enum reply reply, __u8 first_on_node, __u32 sampling, monotonic_ns now)
{
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
	event->sampling = sampling;
	event->tcp_flags = delta->tcp_flags;
	event->vlan = key->vlan;
	if (!is_icmp(key->protocol)) {
		event->source_port = side == SIDE_IN ? key->beyond_port : key->here_port;
		event->destination_port = side == SIDE_IN ? key->here_port : key->beyond_port;
	}
	event->protocol = key->protocol;
	event->ip_version = key->ip_version;
	event->icmp_type = delta->icmp_type;
	event->icmp_code = delta->icmp_code;
	event->point = point_of(key, side);
	event->reason = reason;
	event->reply = reply;
	event->first_on_node = first_on_node;
	submit_event(event);
	add_stat(&flow_stats, FLOW_STAT_EVENTS, 1);
	return 0;
}

/*
 * Under the lock: reports what is pending in one direction. Negative when the ring is full; then it stays pending, and
 * the next attempt is RETRY_NS away, neither at the next packet nor after a whole interval.
 */
static __always_inline int report_pending(const struct flow_key *key, struct flow_entry *entry, enum side side,
	enum report_reason reason, monotonic_ns now)
{
	struct flow_delta *pending = &entry->sides[side].pending;
	enum reply reply = entry->initiator == side ? REPLY_NO : REPLY_YES;

	entry->seen[side] = 1;
	entry->reported_ns[side] = now;
	if (emit_flow(key, pending, side, reason, reply, entry->first_on_node[side], entry->sampling, now)) {
		entry->reported_ns[side] -= report_interval_ns - RETRY_NS;
		add_stat(&flow_stats, FLOW_STAT_DEFERRED_EVENTS, 1);
		return -1;
	}
	entry->pending[side] = 0;
	/* Finer now: then those that it stood for are followed themselves. */
	if (!entry->pending[!side] && entry->sampling > sampling_rate)
		entry->sampling = sampling_rate;
	__builtin_memset(pending, 0, sizeof(*pending));
	return 0;
}

/* A packet without an entry. */
static __always_inline void report_alone(const struct flow_key *key, const struct flow_delta *delta, enum side side,
	enum report_reason reason, __u8 first_on_node, __u32 sampling, monotonic_ns now)
{
	if (!emit_flow(key, delta, side, reason, REPLY_UNKNOWN, first_on_node, sampling, now))
		return;
	add_stat(&flow_stats, FLOW_STAT_LOST_EVENTS, 1);
	add_stat(&flow_stats, FLOW_STAT_LOST_PACKETS, delta->packets);
	add_stat(&flow_stats, FLOW_STAT_LOST_BYTES, delta->bytes);
}

#endif
