/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Addresses as events carry them, and the flags of TCP. Includers have bpf_endian.h and event.h. */
#ifndef RETINA_INET_H
#define RETINA_INET_H

#include <linux/in.h>
#include <linux/in6.h>

#define TCP_FIN 0x001
#define TCP_SYN 0x002
#define TCP_RST 0x004
#define TCP_ACK 0x010

union address {
	inet6_addr bytes;
	__u32 words[4];
	__u64 halves[2];
};

static __always_inline void map_ipv4(union address *to, __be32 ipv4)
{
	to->halves[0] = 0;
	to->words[2] = bpf_htonl(0xffff);
	to->words[3] = ipv4;
}

#endif
