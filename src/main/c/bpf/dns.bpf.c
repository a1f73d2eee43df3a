// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * DNS messages of pods and of the node, from tc.
 *
 * Key design decisions:
 * - The hook of packetparser, for the same reasons: pods' veths and the node's network interface, TC_ACT_UNSPEC.
 * - Nearly every packet is not DNS. What a plain Ethernet and IP header says is enough to let those go, read in place,
 *   without a map or a helper; the full walk through tags, options, extension headers and fragments is for the others.
 * - Each message is an event with its first 512 bytes, cut to length: names, counts and codes are read in user space,
 *   where a loop over what others wrote costs no verifier and no packet.
 * - Over TCP nothing is guessed: the sequence number at which the next message begins is followed per direction.
 * - Kernel floor: 5.8 (ring buffer).
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "emit.h"
#include "packet.h"
#include "link.h"

/* Set by DnsPlugin, which knows MAX_PORTS. */
#define MAX_PORTS 8
const volatile __u32 ports[MAX_PORTS] = {53, 5353};
const volatile __u32 port_count = 2;

#include "dns_message.h"
#include "dns_stream.h"
#include "interest.h"

static __always_inline int is_dns_port(__be16 port)
{
	__u32 number = bpf_ntohs(port);

	for (__u32 i = 0; i < MAX_PORTS && i < port_count; i++)
		if (ports[i] == number)
			return 1;
	return 0;
}

static __always_inline int has_dns_port(const __be16 *pair)
{
	return is_dns_port(pair[0]) || is_dns_port(pair[1]);
}

/* 1 when the packet is surely none of ours, 0 when it is or a closer look is needed. */
static __always_inline int is_other(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *ethernet = data;
	__be32 protocol = skb->protocol;
	struct ipv6hdr *ip6 = data + ETH_HLEN;
	struct iphdr *ip = data + ETH_HLEN;
	__be16 *ports_of_ip = (void *)(ip + 1), *ports_of_ip6 = (void *)(ip6 + 1);

	if (protocol == bpf_htons(ETH_P_IP)) {
		if ((void *)(ports_of_ip + 2) > end || ethernet->h_proto != (__be16)protocol)
			return 0;
		if (ip->protocol != IPPROTO_UDP && ip->protocol != IPPROTO_TCP)
			return 1;
		return ip->frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET) || (ip->ihl == 5 && !has_dns_port(ports_of_ip));
	}
	if (protocol == bpf_htons(ETH_P_IPV6)) {
		if ((void *)(ports_of_ip6 + 2) > end || ethernet->h_proto != (__be16)protocol)
			return 0;
		if (ip6->nexthdr == IPPROTO_UDP || ip6->nexthdr == IPPROTO_TCP)
			return !has_dns_port(ports_of_ip6);
		return ip6->nexthdr == IPPROTO_ICMPV6;
	}
	return !is_vlan(protocol);
}

static __noinline int read_packet(struct __sk_buff *skb, struct packet *packet)
{
	__be16 ethertype;
	int offset = skip_link_layer(skb, packet, &ethertype);

	return offset < 0 ? -1 : parse_ip(skb, offset, ethertype, packet);
}

static __always_inline int handle_frame(struct __sk_buff *skb, enum side side, __u8 network)
{
	struct packet packet = {};
	__be16 pair[2];

	if (is_other(skb) || read_packet(skb, &packet) || packet.cut || packet.fragment == FRAGMENT_LATER)
		return TC_ACT_UNSPEC;
	if (packet.protocol != IPPROTO_UDP && packet.protocol != IPPROTO_TCP)
		return TC_ACT_UNSPEC;
	pair[0] = bpf_htons(packet.source_port);
	pair[1] = bpf_htons(packet.destination_port);
	if (!has_dns_port(pair))
		return TC_ACT_UNSPEC;
	if (!is_of_interest(&packet.source, &packet.destination, packet.ip_version)) {
		add_stat(&dns_stats, DNS_STAT_UNWANTED, 1);
		return TC_ACT_UNSPEC;
	}
	if (packet.protocol == IPPROTO_UDP)
		take_datagram(skb, &packet, side, network);
	else
		follow_stream(skb, &packet, side, network);
	return TC_ACT_UNSPEC;
}

/* A pod sends: ingress of the host side of its veth. */
SEC("tc")
int dns_pod_tx(struct __sk_buff *skb)
{
	return handle_frame(skb, SIDE_IN, 0);
}

/* A pod receives: egress of the same. */
SEC("tc")
int dns_pod_rx(struct __sk_buff *skb)
{
	return handle_frame(skb, SIDE_OUT, 0);
}

/* The node receives: ingress of its network interface. */
SEC("tc")
int dns_net_rx(struct __sk_buff *skb)
{
	return handle_frame(skb, SIDE_IN, 1);
}

/* The node sends: egress of the same. */
SEC("tc")
int dns_net_tx(struct __sk_buff *skb)
{
	return handle_frame(skb, SIDE_OUT, 1);
}

EVENT_TYPE(dns_event);
EVENT_HEADER_ENUMS;
EVENT_ENUM(observation_point);
EVENT_ENUM(dns_stat);

char LICENSE[] SEC("license") = "Dual BSD/GPL";
