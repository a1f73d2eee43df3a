/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * IP, its options, extension headers and fragments, and the start of TCP, UDP, SCTP, ICMP and ICMPv6.
 *
 * The same code reads an skb in tc and kernel memory in a tracepoint: the including program defines packet_read().
 * Nothing that a packet says is trusted: every read is checked against the packet's end, every loop is bounded, and a
 * header that is cut short leaves the fields behind it zero and is told by `cut`.
 */
#ifndef RETINA_PACKET_H
#define RETINA_PACKET_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include "inet.h"

#define MAX_EXTENSION_HEADERS 8

/* linux/icmp.h includes the C library, which has no headers for the bpf target. */
#define ICMP_HEADER_LENGTH 8
#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO_REQUEST 8
#define ICMP_TIMESTAMP_REPLY 14
#define ICMP_INFO_REPLY 16
#define ICMP_ADDRESS_REPLY 18
#define ICMPV6_ECHO_REQUEST 128
#define ICMPV6_ECHO_REPLY 129

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_FRAGMENT_OFFSET 0x1fff
#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_FRAGMENT_OFFSET 0xfff8

/* Option kinds NOP, NOP, timestamps, length 10 (RFC 7323, appendix A): what nearly every stack sends first. */
#define TCP_TIMESTAMPS 0x0101080a

enum fragment {
	FRAGMENT_WHOLE = 0,
	FRAGMENT_FIRST = 1,
	FRAGMENT_LATER = 2,
};

struct packet {
	union address source;
	union address destination;
	__u32 fragment_id;
	__u32 headers_length; /* from the frame's start to the payload */
	__u32 transport; /* from the frame's start to the transport header, 0 = none was reached */
	__u32 payload_length; /* behind the transport header, as the IP header tells */
	__u32 tsval;
	__u32 tsecr;
	__u16 tcp_flags;
	host_port source_port;
	host_port destination_port;
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version;
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 fragment;
	__u8 fragment_protocol; /* that all fragments of a packet have, where extension headers follow */
	__u8 timestamps; /* tsval and tsecr are set */
	__u8 cut; /* a header behind the IP header could not be read */
};

/* Copies `length` bytes at `offset` of the frame; negative when they are not all there. Defined by the program. */
static __always_inline long packet_read(void *frame, __u32 offset, void *to, __u32 length);

/* What the headers between IP and transport change. */
struct extensions {
	__u32 fragment_id;
	__u8 protocol;
	__u8 ip_version;
	__u8 fragment;
	__u8 fragment_protocol;
};

/* walk_extensions(), in the way that the program's verifier takes it best. Defined by the program. */
static __always_inline __u32 skip_extensions(void *frame, __u32 offset, struct extensions *found);

static __always_inline void parse_tcp(void *frame, __u32 offset, struct packet *packet)
{
	struct {
		struct tcphdr header;
		__be32 options;
		__be32 tsval;
		__be32 tsecr;
	} tcp;
	__u8 *bytes = (__u8 *)&tcp;

	/* One read nearly always; a segment without options and payload is shorter. */
	if (packet_read(frame, offset, &tcp, sizeof(tcp))) {
		if (packet_read(frame, offset, &tcp.header, sizeof(tcp.header))) {
			packet->cut = 1;
			return;
		}
		tcp.options = 0;
	}
	packet->source_port = bpf_ntohs(tcp.header.source);
	packet->destination_port = bpf_ntohs(tcp.header.dest);
	packet->tcp_flags = (bytes[12] & 1) << 8 | bytes[13];
	packet->headers_length = offset + tcp.header.doff * 4;
	if (tcp.header.doff >= 8 && tcp.options == bpf_htonl(TCP_TIMESTAMPS)) {
		packet->timestamps = 1;
		packet->tsval = bpf_ntohl(tcp.tsval);
		packet->tsecr = bpf_ntohl(tcp.tsecr);
	}
}

static __always_inline void parse_ports(void *frame, __u32 offset, __u32 header_length, struct packet *packet)
{
	__be16 ports[2];

	if (packet_read(frame, offset, ports, sizeof(ports))) {
		packet->cut = 1;
		return;
	}
	packet->source_port = bpf_ntohs(ports[0]);
	packet->destination_port = bpf_ntohs(ports[1]);
	packet->headers_length = offset + header_length;
}

static __always_inline void parse_icmp(void *frame, __u32 offset, struct packet *packet)
{
	__u8 icmp[2];

	if (packet_read(frame, offset, icmp, sizeof(icmp))) {
		packet->cut = 1;
		return;
	}
	packet->icmp_type = icmp[0];
	packet->icmp_code = icmp[1];
	packet->headers_length = offset + ICMP_HEADER_LENGTH;
}

static __always_inline void parse_transport(void *frame, __u32 offset, struct packet *packet)
{
	packet->headers_length = offset;
	packet->transport = offset;
	if (packet->fragment == FRAGMENT_LATER)
		return;
	if (packet->protocol == IPPROTO_TCP)
		parse_tcp(frame, offset, packet);
	else if (packet->protocol == IPPROTO_UDP)
		parse_ports(frame, offset, 8, packet);
	else if (packet->protocol == IPPROTO_SCTP)
		parse_ports(frame, offset, 12, packet);
	else if (packet->protocol == IPPROTO_ICMP && packet->ip_version == 4)
		parse_icmp(frame, offset, packet);
	else if (packet->protocol == IPPROTO_ICMPV6 && packet->ip_version == 6)
		parse_icmp(frame, offset, packet);
}

static __always_inline int is_extension(__u8 protocol, __u8 ip_version)
{
	switch (protocol) {
	case IPPROTO_AH:
		return 1;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_FRAGMENT:
		return ip_version == 6;
	default:
		return 0;
	}
}

/* Walks the headers between IP and transport. Returns the transport's offset, or 0 when one is cut short. */
static __always_inline __u32 walk_extensions(void *frame, __u32 offset, struct extensions *found)
{
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		struct {
			__u8 next;
			__u8 length;
			__be16 fragment;
			__be32 id;
		} extension;

		if (!is_extension(found->protocol, found->ip_version))
			return offset;
		if (packet_read(frame, offset, &extension, sizeof(extension)))
			return 0;
		if (found->protocol == IPPROTO_FRAGMENT) {
			__u16 fragment = bpf_ntohs(extension.fragment);

			found->protocol = extension.next;
			found->fragment_protocol = extension.next;
			found->fragment_id = extension.id;
			offset += sizeof(extension);
			if (fragment & IPV6_FRAGMENT_OFFSET) {
				found->fragment = FRAGMENT_LATER;
				return offset;
			}
			found->fragment = fragment & IPV6_MORE_FRAGMENTS ? FRAGMENT_FIRST : FRAGMENT_WHOLE;
			continue;
		}
		/* RFC 4302, 2.2: AH counts words of 4 bytes less 2; RFC 8200, 4.3: the others units of 8 less 1. */
		offset += found->protocol == IPPROTO_AH ? (extension.length + 2) * 4 : (extension.length + 1) * 8;
		found->protocol = extension.next;
	}
	return offset;
}

/* The transport's offset behind one extension header at least, or 0. */
static __always_inline __u32 follow_extensions(void *frame, __u32 offset, struct packet *packet)
{
	struct extensions found = {
		.fragment_id = packet->fragment_id,
		.protocol = packet->protocol,
		.ip_version = packet->ip_version,
		.fragment = packet->fragment,
		.fragment_protocol = packet->fragment_protocol,
	};
	__u32 transport = skip_extensions(frame, offset, &found);

	packet->fragment_id = found.fragment_id;
	packet->protocol = found.protocol;
	packet->fragment = found.fragment;
	packet->fragment_protocol = found.fragment_protocol;
	return transport;
}

/* Fills the packet from the IP header at `offset`. Negative when there is none that can be read. */
static __always_inline int parse_ip(void *frame, __u32 offset, __be16 ethertype, struct packet *packet)
{
	__u32 end, transport;

	if (ethertype == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;
		__u16 fragment;

		if (packet_read(frame, offset, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
			return -1;
		packet->ip_version = 4;
		map_ipv4(&packet->source, ip.saddr);
		map_ipv4(&packet->destination, ip.daddr);
		packet->protocol = ip.protocol;
		packet->fragment_protocol = ip.protocol;
		packet->fragment_id = ip.id;
		fragment = bpf_ntohs(ip.frag_off);
		if (fragment & IPV4_FRAGMENT_OFFSET)
			packet->fragment = FRAGMENT_LATER;
		else if (fragment & IPV4_MORE_FRAGMENTS)
			packet->fragment = FRAGMENT_FIRST;
		end = offset + bpf_ntohs(ip.tot_len);
		transport = offset + ip.ihl * 4;
	} else if (ethertype == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr ip;

		if (packet_read(frame, offset, &ip, sizeof(ip)) || ip.version != 6)
			return -1;
		packet->ip_version = 6;
		__builtin_memcpy(&packet->source, &ip.saddr, sizeof(packet->source));
		__builtin_memcpy(&packet->destination, &ip.daddr, sizeof(packet->destination));
		packet->protocol = ip.nexthdr;
		transport = offset + sizeof(ip);
		end = transport + bpf_ntohs(ip.payload_len);
	} else {
		return -1;
	}
	packet->headers_length = transport;
	if (packet->fragment != FRAGMENT_LATER && is_extension(packet->protocol, packet->ip_version))
		transport = follow_extensions(frame, transport, packet);
	if (transport)
		parse_transport(frame, transport, packet);
	else
		packet->cut = 1;
	if (end > packet->headers_length)
		packet->payload_length = end - packet->headers_length;
	return 0;
}

#endif
