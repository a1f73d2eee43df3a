/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* An skb in tc: which way it goes, how its bytes are read, and the link layer with its VLAN tags. */
#ifndef RETINA_LINK_H
#define RETINA_LINK_H

/* Which way through the interface; index of an entry's sides. */
enum side {
	SIDE_IN = 0, /* from beyond the interface into this node's stack: tc ingress */
	SIDE_OUT = 1, /* tc egress */
};

#define VLAN_ID 0x0fff
#define MAX_VLAN_TAGS 2

/* Where the verifier lets a packet be read in place. */
#define MAX_HEADERS 4096

struct vlan_tag {
	__be16 control;
	__be16 ethertype;
};

/*
 * Reads in place what is in the linear part, as nearly all headers are; the helper finds the others. The offset is 64
 * bits wide where it is bounded: older verifiers, such as that of 6.1, do not know that a 32-bit copy has the bound
 * too.
 */
static __always_inline long packet_read(void *frame, __u32 offset, void *to, __u32 length)
{
	struct __sk_buff *skb = frame;
	__u64 at = offset;

	asm volatile("" : "+r"(at));
	if (at <= MAX_HEADERS) {
		void *from;

		/* Keeps clang from moving the sum before its bound, where the verifier would not take it. */
		asm volatile("" : "+r"(at));
		from = (void *)(long)skb->data + at;
		if (from + length <= (void *)(long)skb->data_end) {
			__builtin_memcpy(to, from, length);
			return 0;
		}
	}
	return bpf_skb_load_bytes(skb, offset, to, length);
}

/*
 * A global function: the verifier walks it once by itself. Inline, each way through its loop would be walked with all
 * that follows, 590,000 instructions a program instead of 50,000.
 */
__noinline __u32 skip_frame_extensions(struct __sk_buff *skb, __u32 offset, struct extensions *found)
{
	return found ? walk_extensions(skb, offset, found) : 0;
}

static __always_inline __u32 skip_extensions(void *frame, __u32 offset, struct extensions *found)
{
	return skip_frame_extensions(frame, offset, found);
}

static __always_inline int is_vlan(__be16 ethertype)
{
	return ethertype == bpf_htons(ETH_P_8021Q) || ethertype == bpf_htons(ETH_P_8021AD);
}

static __always_inline int is_ip(__be16 ethertype)
{
	return ethertype == bpf_htons(ETH_P_IP) || ethertype == bpf_htons(ETH_P_IPV6);
}

/* From the frame's start to the IP header; negative where none follows. Sets ethertype and the packet's VLAN. */
static __always_inline int skip_link_layer(struct __sk_buff *skb, struct packet *packet, __be16 *ethertype)
{
	__be16 protocol = skb->protocol;
	__u32 offset = ETH_HLEN;

	if (skb->vlan_present)
		packet->vlan = skb->vlan_tci & VLAN_ID;
	if (packet_read(skb, offsetof(struct ethhdr, h_proto), ethertype, sizeof(*ethertype)))
		return -1;
	for (int i = 0; i < MAX_VLAN_TAGS && is_vlan(*ethertype); i++) {
		struct vlan_tag tag;

		if (packet_read(skb, offset, &tag, sizeof(tag)))
			return -1;
		if (!packet->vlan)
			packet->vlan = bpf_ntohs(tag.control) & VLAN_ID;
		*ethertype = tag.ethertype;
		offset += sizeof(tag);
	}
	/* An interface without link layer (tun, wireguard): those two bytes are part of an address. */
	if (offset == ETH_HLEN && is_ip(protocol) && *ethertype != protocol) {
		*ethertype = protocol;
		offset = 0;
	}
	return is_ip(*ethertype) ? (int)offset : -1;
}

#endif
