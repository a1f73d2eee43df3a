/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What a packet does to its flow's entry: counts, state, times.
 *
 * Round trips by TCP timestamps (RFC 7323): the first packet with payload that carries a new TSval is remembered with
 * its time; the first packet back that echoes this TSval ends the sample. A TSecr beyond it means that the peer
 * answered a later packet, so the sample is given up instead of being called a slow round trip. The result goes with
 * the answering direction, as does the handshake's with the SYN-ACK: how long the sender of this event took to answer,
 * seen from here.
 *
 * The precise clock is read for these only: it costs as much as the parsing.
 */
#ifndef RETINA_FLOW_UPDATE_H
#define RETINA_FLOW_UPDATE_H

#define SAMPLE_INTERVAL_NS SECOND_NS
/* A FIN waits for the end, which follows at once nearly always, or for the interval: one event less per direction. */
#define STATE_FLAGS (TCP_SYN | TCP_RST)

/* What a packet adds. */
struct observed {
	__u64 packets;
	__u64 bytes;
	monotonic_ns now; /* coarse */
	__u8 first_on_node;
	__u8 pad[7];
};

static __always_inline void sample_rtt(
	struct flow_entry *entry, enum side side, const struct packet *packet, monotonic_ns now)
{
	struct flow_side *sent = &entry->sides[!side], *own = &entry->sides[side];

	if (sent->sample_ns && packet->tcp_flags & TCP_ACK && (__s32)(packet->tsecr - sent->sample_tsval) >= 0) {
		if (packet->tsecr == sent->sample_tsval) {
			own->pending.rtt_ns = bpf_ktime_get_ns() - sent->sample_ns;
			sent->sampled_ns = now;
		}
		sent->sample_ns = 0;
	}
	if (own->timed && (__s32)(packet->tsval - own->newest_tsval) <= 0)
		return;
	if (own->timed && packet->payload_length && !own->sample_ns &&
		elapsed_ns(now, own->sampled_ns) >= SAMPLE_INTERVAL_NS) {
		own->sample_tsval = packet->tsval;
		own->sample_ns = bpf_ktime_get_ns();
	}
	own->newest_tsval = packet->tsval;
	own->timed = 1;
}

/* A new connection on the ports of a closed one. Its direction is reported as new, with what the old one still had. */
static __always_inline void restart(struct flow_entry *entry)
{
	for (int i = 0; i < 2; i++) {
		struct flow_side *side = &entry->sides[i];

		side->tcp_flags = 0;
		entry->seen[i] = 0;
		side->sample_ns = 0;
		side->sampled_ns = 0;
		side->timed = 0;
	}
	entry->closed = 0;
	entry->syn_ns = 0;
}

static __always_inline void follow_handshake(struct flow_entry *entry, enum side side, __u16 flags)
{
	monotonic_ns precise = bpf_ktime_get_ns();

	if (!(flags & TCP_ACK)) {
		if (entry->closed)
			restart(entry);
		entry->initiator = side;
		entry->initiated = 1;
		/* The first SYN counts: what the client waits is what a lost SYN costs it. */
		if (!entry->syn_ns)
			entry->syn_ns = precise;
	} else {
		entry->initiator = !side;
		entry->initiated = 1;
		if (entry->syn_ns)
			entry->sides[side].pending.connect_ns = precise - entry->syn_ns;
		entry->syn_ns = 0;
	}
}

static __always_inline void count_flags(struct flow_delta *pending, __u16 flags)
{
	pending->tcp_flags |= flags;
	if (flags == TCP_ACK) {
		pending->flag_counts[FLAG_ACK]++;
		return;
	}
	if ((flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK)) {
		pending->flag_counts[FLAG_SYNACK]++;
		flags &= ~(TCP_SYN | TCP_ACK);
	}
	for (int i = 0; i <= FLAG_NS; i++)
		pending->flag_counts[i] += flags >> i & 1;
}

/* Why to report now, or -1. */
static __always_inline int reason_to_report(
	const struct flow_entry *entry, enum side side, __u16 flags, monotonic_ns now)
{
	if (aggregation_low)
		return REPORT_PACKET;
	if (!entry->seen[side])
		return REPORT_NEW;
	if (flags & STATE_FLAGS & ~entry->sides[side].tcp_flags)
		return REPORT_CHANGE;
	if (elapsed_ns(now, entry->reported_ns[side]) >= report_interval_ns)
		return REPORT_INTERVAL;
	return -1;
}

static __always_inline void follow_tcp(
	struct flow_entry *entry, enum side side, const struct packet *packet, monotonic_ns now)
{
	struct flow_side *own = &entry->sides[side];
	__u16 flags = packet->tcp_flags;

	count_flags(&own->pending, flags);
	if (packet->timestamps)
		sample_rtt(entry, side, packet, now);
	own->tcp_flags |= flags;
	if (flags & TCP_RST || (own->tcp_flags & entry->sides[!side].tcp_flags & TCP_FIN))
		entry->closed = 1;
}

/* Under the lock: counts the packet, and reports the direction if it is time to. */
static __always_inline void update(struct flow_entry *entry, enum side side, const struct flow_key *key,
	const struct packet *packet, const struct observed *observed)
{
	struct flow_delta *pending = &entry->sides[side].pending;
	int reason;

	if (packet->tcp_flags & TCP_SYN)
		follow_handshake(entry, side, packet->tcp_flags);
	if (!entry->initiated) {
		entry->initiator = is_icmp(packet->protocol) ? key->here_port & 1 : side;
		entry->initiated = 1;
	}
	entry->last_ns = observed->now;
	entry->pending[side] = 1;
	entry->first_on_node[side] = observed->first_on_node;
	if (!pending->packets)
		pending->first_ns = observed->now;
	pending->packets += observed->packets;
	pending->bytes += observed->bytes;
	pending->icmp_type = packet->icmp_type;
	pending->icmp_code = packet->icmp_code;
	reason = reason_to_report(entry, side, packet->tcp_flags, observed->now);
	if (packet->tcp_flags)
		follow_tcp(entry, side, packet, observed->now);
	if (reason >= 0)
		report_pending(key, entry, side, reason, observed->now);
}

#endif
