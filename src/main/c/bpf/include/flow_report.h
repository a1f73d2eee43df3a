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

/* What is to be told of a direction, besides its counts. */
struct report {
	monotonic_ns now;
	__u32 sampling;
	enum side side;
	enum report_reason reason;
	enum reply reply;
	__u8 first_on_node;
};

/* Both kinds of events have these fields under the same names. */
#define FILL_EVENT(event, key, delta, report)                                                                          \
	do {                                                                                                           \
		int in = (report)->side == SIDE_IN;                                                                    \
                                                                                                                       \
		__builtin_memcpy((event)->source_addr, in ? &(key)->beyond : &(key)->here, sizeof(inet6_addr));        \
		__builtin_memcpy((event)->destination_addr, in ? &(key)->here : &(key)->beyond, sizeof(inet6_addr));   \
		(event)->bytes = (delta)->bytes;                                                                       \
		(event)->interface_index = (key)->interface_index;                                                     \
		(event)->tcp_flags = (delta)->tcp_flags;                                                               \
		(event)->vlan = (key)->vlan;                                                                           \
		if (!is_icmp((key)->protocol)) {                                                                       \
			(event)->source_port = in ? (key)->beyond_port : (key)->here_port;                             \
			(event)->destination_port = in ? (key)->here_port : (key)->beyond_port;                        \
		}                                                                                                      \
		(event)->protocol = (key)->protocol;                                                                   \
		(event)->ip_version = (key)->ip_version;                                                               \
		(event)->icmp_type = (delta)->icmp_type;                                                               \
		(event)->icmp_code = (delta)->icmp_code;                                                               \
		(event)->point = point_of(key, (report)->side);                                                        \
		(event)->reason = (report)->reason;                                                                    \
		(event)->reply = (report)->reply;                                                                      \
		(event)->first_on_node = (report)->first_on_node;                                                      \
		submit_event(event);                                                                                   \
	} while (0)

/* Whether a packet_event can say it all; what a sweep reports is older. */
static __always_inline int is_packet(const struct flow_delta *delta, const struct report *report)
{
	return report->reason <= REPORT_CHANGE && delta->packets == 1 && delta->first_ns == report->now &&
	       !(delta->rtt_ns | delta->connect_ns) && report->sampling == 1 && !(delta->bytes >> 32);
}

/* 0 when the event is on its way, negative when the ring is full. */
static __always_inline int emit_flow(
	const struct flow_key *key, const struct flow_delta *delta, const struct report *report)
{
	if (is_packet(delta, report)) {
		struct packet_event *packet = reserve_event(&flow_events, EVENT_PACKET, sizeof(*packet), report->now);

		if (!packet)
			return -1;
		FILL_EVENT(packet, key, delta, report);
	} else {
		struct flow_event *event = reserve_event(&flow_events, EVENT_FLOW, sizeof(*event), report->now);

		if (!event)
			return -1;
		event->first_ns = delta->first_ns;
		event->packets = delta->packets;
		event->rtt_ns = delta->rtt_ns;
		event->connect_ns = delta->connect_ns;
		__builtin_memcpy(event->flag_counts, delta->flag_counts, sizeof(event->flag_counts));
		event->sampling = report->sampling;
		FILL_EVENT(event, key, delta, report);
	}
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
	struct report report = {
		.now = now,
		.sampling = entry->sampling,
		.side = side,
		.reason = reason,
		.reply = entry->initiator == side ? REPLY_NO : REPLY_YES,
		.first_on_node = entry->first_on_node[side],
	};

	entry->seen[side] = 1;
	entry->reported_ns[side] = now;
	if (emit_flow(key, pending, &report)) {
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
	struct report report = {
		.now = now,
		.sampling = sampling,
		.side = side,
		.reason = reason,
		.reply = REPLY_UNKNOWN,
		.first_on_node = first_on_node,
	};

	if (!emit_flow(key, delta, &report))
		return;
	add_stat(&flow_stats, FLOW_STAT_LOST_EVENTS, 1);
	add_stat(&flow_stats, FLOW_STAT_LOST_PACKETS, delta->packets);
	add_stat(&flow_stats, FLOW_STAT_LOST_BYTES, delta->bytes);
}

#endif
