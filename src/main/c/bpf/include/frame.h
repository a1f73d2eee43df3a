/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* From an skb in tc to a packet of a flow: its fragments, and the size as the interface counts it. */
#ifndef RETINA_FRAME_H
#define RETINA_FRAME_H

/* Later fragments carry no ports: the first one's are remembered. */
struct fragment_key {
	union address source;
	union address destination;
	__u32 id;
	__u8 protocol;
	__u8 pad[3];
};

struct fragment_start {
	host_port source_port;
	host_port destination_port;
	__u8 protocol;
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct fragment_key);
	__type(value, struct fragment_start);
} flow_fragments SEC(".maps");

/* Negative when the frame holds no IP header that can be read. */
static __always_inline int parse_frame(struct __sk_buff *skb, struct packet *packet)
{
	__be16 ethertype;
	int offset = skip_link_layer(skb, packet, &ethertype);

	if (offset < 0)
		return -1;
	if (parse_ip(skb, offset, ethertype, packet)) {
		add_stat(&flow_stats, FLOW_STAT_MALFORMED, 1);
		return -1;
	}
	if (packet->cut)
		add_stat(&flow_stats, FLOW_STAT_MALFORMED, 1);
	return 0;
}

static __always_inline void follow_fragment(struct packet *packet)
{
	struct fragment_key key = {
		.source = packet->source,
		.destination = packet->destination,
		.id = packet->fragment_id,
		.protocol = packet->fragment_protocol,
	};
	struct fragment_start *start, first = {
					      .source_port = packet->source_port,
					      .destination_port = packet->destination_port,
					      .protocol = packet->protocol,
					      .icmp_type = packet->icmp_type,
					      .icmp_code = packet->icmp_code,
				      };

	if (packet->fragment == FRAGMENT_FIRST) {
		bpf_map_update_elem(&flow_fragments, &key, &first, BPF_ANY);
		return;
	}
	start = bpf_map_lookup_elem(&flow_fragments, &key);
	if (!start)
		return;
	packet->source_port = start->source_port;
	packet->destination_port = start->destination_port;
	packet->protocol = start->protocol;
	packet->icmp_type = start->icmp_type;
	packet->icmp_code = start->icmp_code;
}

/*
 * Packets and bytes as the interface counts them. skb->len holds the L2 header at both hooks (tc pushes it on ingress).
 * A veth counts an skb as one packet, a GSO super-packet too, and no tag that travels beside the frame. (A tag that a
 * pod writes into the frame itself, the kernel takes out before we see it; its 4 bytes are then missing here.) A
 * network interface sends and receives the segments, each with its own headers and tag.
 */
static __always_inline void measure_frame(
	struct __sk_buff *skb, const struct packet *packet, __u8 network, __u64 *packets, __u64 *bytes)
{
	__u32 segments = 1, headers = packet->headers_length, tag = 0;

	if (network) {
		if (skb->vlan_present)
			tag = sizeof(struct vlan_tag);
		if (skb->gso_size && skb->len > headers)
			segments = (skb->len - headers + skb->gso_size - 1) / skb->gso_size;
	}
	*packets = segments;
	*bytes = skb->len + (__u64)(segments - 1) * headers + (__u64)segments * tag;
}

#endif
