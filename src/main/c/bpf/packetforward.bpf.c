// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Packets and bytes through the node's network interfaces, by direction.
 *
 * Key design decisions:
 * - A filter on a packet socket that is bound to one interface: it sees what the interface receives before any other
 *   program or rule, and what it sends after the queueing discipline. It answers 0, so nothing is copied to the socket.
 *   Kernel floor: 5.4 (gso_size in a socket filter).
 * - Whatever is received counts as ingress, also broadcast, multicast and frames for other hosts (a promiscuous
 *   interface, such as one that is bridged to pods), because the interface's own counters do so.
 * - Two programs: software interfaces count an skb as one packet, a GSO super-packet too; network cards count the
 *   segments on the wire, each with its headers and its VLAN tag, which travels beside the frame here.
 * - Per-CPU counters without atomics: a run on transmit has soft interrupts off, one on receive is in one.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "packet.h"

#define PACKET_OUTGOING 4 /* linux/if_packet.h */
#define VLAN_TAG_LENGTH 4
#define MAX_VLAN_TAGS 2

enum forward_direction {
	FORWARD_INGRESS = 0,
	FORWARD_EGRESS = 1,
};

struct forwarded {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct forwarded);
} forward_counts SEC(".maps");

static __always_inline long packet_read(void *frame, __u32 offset, void *to, __u32 length)
{
	return bpf_skb_load_bytes(frame, offset, to, length);
}

/* A global function, as in frame.h: its loop is walked once by the verifier, and by itself. */
__noinline __u32 skip_counted_extensions(struct __sk_buff *skb, __u32 offset, struct extensions *found)
{
	return found ? walk_extensions(skb, offset, found) : 0;
}

static __always_inline __u32 skip_extensions(void *frame, __u32 offset, struct extensions *found)
{
	return skip_counted_extensions(frame, offset, found);
}

/* Bytes before the payload, which each segment has; 0 when there is no IP header that can be read. */
static __always_inline __u32 headers_length(struct __sk_buff *skb)
{
	__be16 protocol = skb->protocol, ethertype;
	struct packet packet = {};
	__u32 offset = ETH_HLEN;

	if (packet_read(skb, offsetof(struct ethhdr, h_proto), &ethertype, sizeof(ethertype)))
		return 0;
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		if (ethertype != bpf_htons(ETH_P_8021Q) && ethertype != bpf_htons(ETH_P_8021AD))
			break;
		/* A tag's second half is the next ethertype. */
		if (packet_read(skb, offset + 2, &ethertype, sizeof(ethertype)))
			return 0;
		offset += VLAN_TAG_LENGTH;
	}
	/* An interface without link layer: those two bytes are part of an address. */
	if (offset == ETH_HLEN && ethertype != protocol)
		offset = 0;
	return parse_ip(skb, offset, offset ? ethertype : protocol, &packet) ? 0 : packet.headers_length;
}

static __always_inline int count(struct __sk_buff *skb, __u32 packets, __u64 bytes)
{
	__u32 direction = skb->pkt_type == PACKET_OUTGOING ? FORWARD_EGRESS : FORWARD_INGRESS;
	struct forwarded *forwarded = bpf_map_lookup_elem(&forward_counts, &direction);

	if (forwarded) {
		forwarded->packets += packets;
		forwarded->bytes += bytes;
	}
	return 0;
}

/* At an interface that is made of software. */
SEC("socket")
int on_frame(struct __sk_buff *skb)
{
	return count(skb, 1, skb->len);
}

/* At a network card. */
SEC("socket")
int on_wire(struct __sk_buff *skb)
{
	__u32 tag = skb->vlan_present ? VLAN_TAG_LENGTH : 0, segments = 1, headers = 0, size = skb->gso_size;

	if (size) {
		headers = headers_length(skb);
		if (skb->len > headers)
			segments = (skb->len - headers + size - 1) / size;
	}
	return count(skb, segments, skb->len + (__u64)(segments - 1) * headers + (__u64)segments * tag);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
