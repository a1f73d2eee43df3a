/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A DNS message becomes an event; datagrams, each of which is one. */
#ifndef RETINA_DNS_MESSAGE_H
#define RETINA_DNS_MESSAGE_H

#define DNS_HEADER_LENGTH 12
#define MAX_CAPTURED 512
#define UDP_HEADER_LENGTH 8

enum dns_stat {
	DNS_STAT_EVENTS = 0, /* submitted */
	DNS_STAT_DEFERRED_EVENTS = 1, /* always 0: nothing is kept for later */
	DNS_STAT_LOST_EVENTS = 2, /* refused by a full ring */
	DNS_STAT_LOST_PACKETS = 3, /* messages in those */
	DNS_STAT_LOST_BYTES = 4, /* of those messages */
	DNS_STAT_MESSAGES = 5, /* seen = EVENTS + LOST_EVENTS */
	DNS_STAT_MALFORMED = 6, /* packets at these ports with less than a DNS header */
	DNS_STAT_UNPARSED = 7, /* segments and datagrams with messages whose start or header is not known */
	DNS_STAT_UNWANTED = 8, /* packets between addresses that are of no interest */
	DNS_STAT_COUNT = 9,
};

/* As long as the longest event; the ring takes what is used of it. */
struct dns_record {
	struct dns_event event;
	__u8 message[MAX_CAPTURED + 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 << 20);
} dns_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DNS_STAT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} dns_stats SEC(".maps");

/* Two packets do not share a CPU while a program runs, and nothing interrupts it with another packet. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dns_record);
} dns_scratch SEC(".maps");

/* Where a message is in the frame. */
struct span {
	__u32 offset;
	__u32 available; /* bytes of it in this packet */
	__u32 length; /* of all of it */
	__u8 side;
	__u8 network;
	__u8 pad[2];
};

static __always_inline enum observation_point point_at(__u8 side, __u8 network)
{
	if (network)
		return side == SIDE_IN ? POINT_FROM_NETWORK : POINT_TO_NETWORK;
	return side == SIDE_IN ? POINT_FROM_ENDPOINT : POINT_TO_ENDPOINT;
}

static __always_inline void fill_event(
	struct __sk_buff *skb, const struct packet *packet, const struct span *span, struct dns_event *event)
{
	__builtin_memset(event, 0, sizeof(*event));
	event->header.time_ns = bpf_ktime_get_ns(); /* the fine clock: answers come within microseconds */
	event->header.kind = EVENT_DNS;
	event->header.cpu = bpf_get_smp_processor_id();
	__builtin_memcpy(event->source_addr, &packet->source, sizeof(inet6_addr));
	__builtin_memcpy(event->destination_addr, &packet->destination, sizeof(inet6_addr));
	event->cgroup_id = bpf_skb_cgroup_id(skb);
	event->interface_index = skb->ifindex;
	event->message_length = span->length;
	event->source_port = packet->source_port;
	event->destination_port = packet->destination_port;
	event->tcp_flags = packet->tcp_flags;
	event->vlan = packet->vlan;
	event->protocol = packet->protocol;
	event->ip_version = packet->ip_version;
	event->point = point_at(span->side, span->network);
	event->first_on_node = span->side == SIDE_IN || !skb->ingress_ifindex;
}

static __noinline int emit_message(struct __sk_buff *skb, const struct packet *packet, const struct span *span)
{
	__u32 zero = 0, captured = span->length < span->available ? span->length : span->available, size;
	struct dns_record *record = bpf_map_lookup_elem(&dns_scratch, &zero);

	if (captured > MAX_CAPTURED)
		captured = MAX_CAPTURED;
	/* Hides from the compiler what the verifier has to see once more, each bound by itself: merged into one
	 * comparison of a difference, verifiers before 6.13 would not know them. */
	asm volatile("" : "+r"(captured));
	if (!record || captured < DNS_HEADER_LENGTH)
		return 0;
	asm volatile("" : "+r"(captured));
	if (captured > MAX_CAPTURED)
		return 0;
	fill_event(skb, packet, span, &record->event);
	/* What fills up to a multiple of 8 must not be the last message's. */
	__builtin_memset(record->message + (captured & ~7U), 0, 8);
	if (bpf_skb_load_bytes(skb, span->offset, record->message, captured)) {
		add_stat(&dns_stats, DNS_STAT_MALFORMED, 1);
		return 0;
	}
	size = (sizeof(record->event) + captured + 7) & ~7U;
	record->event.captured = captured;
	record->event.header.size = size;
	add_stat(&dns_stats, DNS_STAT_MESSAGES, 1);
	if (bpf_ringbuf_output(&dns_events, record, size, BPF_RB_NO_WAKEUP)) {
		add_stat(&dns_stats, DNS_STAT_LOST_EVENTS, 1);
		add_stat(&dns_stats, DNS_STAT_LOST_PACKETS, 1);
		add_stat(&dns_stats, DNS_STAT_LOST_BYTES, span->length);
		return 0;
	}
	add_stat(&dns_stats, DNS_STAT_EVENTS, 1);
	return 0;
}

/* A datagram is a message. Of one in fragments the first has the header, and what follows it there. */
static __noinline void take_datagram(struct __sk_buff *skb, const struct packet *packet, enum side side, __u8 network)
{
	struct span span = {
		.offset = packet->headers_length,
		.available = packet->payload_length,
		.length = packet->payload_length,
		.side = side,
		.network = network,
	};
	__be16 udp_length;

	if (!packet_read(skb, packet->transport + 4, &udp_length, sizeof(udp_length)) && udp_length) {
		__u32 length = bpf_ntohs(udp_length);

		if (length < UDP_HEADER_LENGTH || (!packet->fragment && length - UDP_HEADER_LENGTH > span.available))
			length = UDP_HEADER_LENGTH; /* says more than the packet has */
		span.length = length - UDP_HEADER_LENGTH;
	}
	/* Several datagrams that travel as one (UDP_SEGMENT): the first is read. */
	if (skb->gso_size && span.length > skb->gso_size && !packet->fragment) {
		span.length = skb->gso_size;
		add_stat(&dns_stats, DNS_STAT_UNPARSED, 1);
	}
	if (span.length < DNS_HEADER_LENGTH || span.available < DNS_HEADER_LENGTH) {
		add_stat(&dns_stats, DNS_STAT_MALFORMED, 1);
		return;
	}
	emit_message(skb, packet, &span);
}

#endif
