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
 * The precise clock costs as much as the parsing, and no helper may be called under the lock. So needs_clock() looks at
 * the entry without the lock first; under the lock everything is checked again.
 */
#ifndef RETINA_FLOW_UPDATE_H
#define RETINA_FLOW_UPDATE_H

#define SAMPLE_INTERVAL_NS SECOND_NS
#define STATE_FLAGS (TCP_FIN | TCP_SYN | TCP_RST)

/* What a packet adds. */
struct observed {
	__u64 packets;
	__u64 bytes;
	monotonic_ns now; /* coarse */
	monotonic_ns precise; /* 0 unless needs_clock() */
	__u32 identity;
	__u8 first_on_node;
	__u8 pad[3];
};

static __always_inline int starts_sample(const struct packet *packet, const struct flow_side *side, monotonic_ns now)
{
	return packet->payload_length && side->timed && !side->sample_ns &&
	       (__s32)(packet->tsval - side->newest_tsval) > 0 &&
	       elapsed_ns(now, side->sampled_ns) >= SAMPLE_INTERVAL_NS;
}

static __always_inline int ends_sample(const struct packet *packet, const struct flow_side *sent)
{
	return sent->sample_ns && packet->tcp_flags & TCP_ACK && (__s32)(packet->tsecr - sent->sample_tsval) >= 0;
}

static __always_inline int needs_clock(
	const struct packet *packet, const struct flow_entry *entry, enum side side, monotonic_ns now)
{
	if (packet->tcp_flags & TCP_SYN)
		return 1;
	return packet->timestamps &&
	       (starts_sample(packet, &entry->sides[side], now) || ends_sample(packet, &entry->sides[!side]));
}

static __always_inline void sample_rtt(
	struct flow_entry *entry, enum side side, const struct packet *packet, const struct observed *observed)
{
	struct flow_side *sent = &entry->sides[!side], *own = &entry->sides[side];

	if (!packet->timestamps)
		return;
	if (observed->precise && ends_sample(packet, sent)) {
		if (packet->tsecr == sent->sample_tsval) {
			own->pending.rtt_ns = elapsed_ns(observed->precise, sent->sample_ns);
			sent->sampled_ns = observed->now;
		}
		sent->sample_ns = 0;
	}
	if (observed->precise && starts_sample(packet, own, observed->now)) {
		own->sample_tsval = packet->tsval;
		own->sample_ns = observed->precise;
	}
	if (!own->timed || (__s32)(packet->tsval - own->newest_tsval) > 0) {
		own->newest_tsval = packet->tsval;
		own->timed = 1;
	}
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

static __always_inline void follow_handshake(
	struct flow_entry *entry, enum side side, const struct packet *packet, const struct observed *observed)
{
	if (packet->tcp_flags & TCP_SYN && !(packet->tcp_flags & TCP_ACK)) {
		if (entry->closed)
			restart(entry);
		entry->initiator = side;
		entry->initiated = 1;
		/* The first SYN counts: what the client waits is what a lost SYN costs it. */
		if (!entry->syn_ns)
			entry->syn_ns = observed->precise;
	} else if (packet->tcp_flags & TCP_SYN) {
		entry->initiator = !side;
		entry->initiated = 1;
		if (entry->syn_ns)
			entry->sides[side].pending.connect_ns = elapsed_ns(observed->precise, entry->syn_ns);
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

/* Under the lock: counts the packet, and takes the direction's counts out into the report if it is time for one. */
static __always_inline void update(struct flow_entry *entry, enum side side, const struct flow_key *key,
	const struct packet *packet, const struct observed *observed, struct flow_report *report)
{
	struct flow_side *own = &entry->sides[side];
	__u16 flags = packet->tcp_flags;

	entry->last_ns = observed->now;
	if (packet->protocol == IPPROTO_TCP)
		follow_handshake(entry, side, packet, observed);
	if (!entry->initiated) {
		entry->initiator = is_icmp(packet->protocol) ? key->here_port & 1 : side;
		entry->initiated = 1;
	}
	if (!own->pending.packets)
		own->pending.first_ns = observed->now;
	own->pending.packets += observed->packets;
	own->pending.bytes += observed->bytes;
	entry->pending[side] = 1;
	entry->first_on_node[side] = observed->first_on_node;
	own->icmp_type = packet->icmp_type;
	own->icmp_code = packet->icmp_code;

	enum report_reason reason = REPORT_PACKET;
	__u8 due = 1;

	if (aggregation_low)
		reason = REPORT_PACKET;
	else if (!entry->seen[side])
		reason = REPORT_NEW;
	else if (flags & STATE_FLAGS & ~own->tcp_flags)
		reason = REPORT_CHANGE;
	else if (elapsed_ns(observed->now, entry->reported_ns[side]) >= report_interval_ns)
		reason = REPORT_INTERVAL;
	else
		due = 0;

	if (flags) {
		count_flags(&own->pending, flags);
		sample_rtt(entry, side, packet, observed);
		own->tcp_flags |= flags;
		if (flags & TCP_RST || (own->tcp_flags & entry->sides[!side].tcp_flags & TCP_FIN))
			entry->closed = 1;
	}
	if (due)
		take(entry, side, reason, observed->now, report);
}

#endif
