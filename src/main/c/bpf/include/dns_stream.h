/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * DNS over TCP (RFC 1035, 4.2.2; RFC 7766): messages one after the other, each behind two bytes with its length.
 *
 * Where the next message begins is followed by sequence number, per direction of a connection and interface, from its
 * SYN on. So a message counts once, also when its segment is sent again, and the middle of a long one is not taken for
 * a start. Of a connection whose start was not seen, or that lost a segment on the way here, only a segment that is
 * exactly one message is believed; it shows where the next one is. Everything else counts as DNS_STAT_UNPARSED.
 */
#ifndef RETINA_DNS_STREAM_H
#define RETINA_DNS_STREAM_H

#define PREFIX_LENGTH 2

/* Messages that are read of one segment. Clients that send queries without waiting for answers fit several into one. */
#define MAX_MESSAGES 8

struct stream_key {
	union address source;
	union address destination;
	host_port source_port;
	host_port destination_port;
	__u32 interface_index;
};

struct stream {
	__u32 next; /* sequence number of the next prefix, or of the message if its prefix came alone */
	__u32 length; /* of that message, 0 = its prefix is still to come */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct stream_key);
	__type(value, struct stream);
} dns_streams SEC(".maps");

static __always_inline int read_length(struct __sk_buff *skb, __u32 offset, __u32 *length)
{
	__be16 prefix;

	if (packet_read(skb, offset, &prefix, sizeof(prefix)))
		return -1;
	*length = bpf_ntohs(prefix);
	return 0;
}

/* Whether the bytes are one message and nothing else. */
static __always_inline int is_one_message(struct __sk_buff *skb, __u32 offset, __u32 left)
{
	__u32 length;

	return left >= PREFIX_LENGTH + DNS_HEADER_LENGTH && !read_length(skb, offset, &length) &&
	       length == left - PREFIX_LENGTH;
}

/* Reads the messages that begin in the segment; negative when it is not known any more where the next one will. */
static __noinline int read_messages(
	struct __sk_buff *skb, const struct packet *packet, struct stream *stream, struct span *span)
{
	__u32 left = span->available, length;

	for (int i = 0; i < MAX_MESSAGES; i++) {
		length = stream->length;
		stream->length = 0;
		if (!length) {
			if (left < PREFIX_LENGTH || read_length(skb, span->offset, &length))
				return -1;
			span->offset += PREFIX_LENGTH;
			stream->next += PREFIX_LENGTH;
			left -= PREFIX_LENGTH;
			if (!left) {
				stream->length = length;
				return 0;
			}
		}
		stream->next += length;
		span->length = length;
		span->available = left;
		if (length < DNS_HEADER_LENGTH)
			add_stat(&dns_stats, DNS_STAT_MALFORMED, 1);
		else if (left < DNS_HEADER_LENGTH)
			add_stat(&dns_stats, DNS_STAT_UNPARSED, 1);
		else
			emit_message(skb, packet, span);
		if (length >= left)
			return 0;
		span->offset += length;
		left -= length;
	}
	return -1;
}

static __noinline void follow_stream(struct __sk_buff *skb, const struct packet *packet, enum side side, __u8 network)
{
	struct stream_key key = {
		.source = packet->source,
		.destination = packet->destination,
		.source_port = packet->source_port,
		.destination_port = packet->destination_port,
		.interface_index = skb->ifindex,
	};
	struct span span = {.offset = packet->headers_length, .side = side, .network = network};
	struct stream *known, stream = {};
	__u32 left = packet->payload_length, sequence;
	__s32 ahead;
	__be32 number;

	if (packet_read(skb, packet->transport + offsetof(struct tcphdr, seq), &number, sizeof(number)))
		return;
	sequence = bpf_ntohl(number);
	if (packet->tcp_flags & TCP_SYN) {
		stream.next = ++sequence;
		bpf_map_update_elem(&dns_streams, &key, &stream, BPF_ANY);
	}
	if (packet->tcp_flags & TCP_RST) {
		bpf_map_delete_elem(&dns_streams, &key);
		return;
	}
	if (!left)
		return;
	known = bpf_map_lookup_elem(&dns_streams, &key);
	if (known)
		stream = *known;
	ahead = known ? (__s32)(stream.next - sequence) : -1;
	if (ahead >= (__s32)left)
		return; /* the middle of a message, or sent again */
	if (ahead < 0) {
		if (!is_one_message(skb, span.offset, left)) {
			add_stat(&dns_stats, DNS_STAT_UNPARSED, 1);
			return;
		}
		stream.next = sequence;
		stream.length = 0;
		ahead = 0;
	}
	span.offset += ahead;
	span.available = left - ahead;
	if (read_messages(skb, packet, &stream, &span)) {
		add_stat(&dns_stats, DNS_STAT_UNPARSED, 1);
		bpf_map_delete_elem(&dns_streams, &key);
		return;
	}
	bpf_map_update_elem(&dns_streams, &key, &stream, BPF_ANY);
}

#endif
