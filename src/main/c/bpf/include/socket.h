/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * TCP sockets as the kernel keeps them, as far as we read them; see kernel.h, which includers have (and inet.h), for
 * how fields are found. Names with three underscores are further fields of a type that kernel.h has.
 */
#ifndef RETINA_SOCKET_H
#define RETINA_SOCKET_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock_common___flags {
	unsigned long skc_flags;
};

struct sock___error {
	int sk_err;
	int sk_err_soft; /* what did not end the connection, such as ICMP while a process held the socket */
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
};

struct minmax_sample {
	__u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u64 bytes_received;
	__u32 segs_in;
	__u32 segs_out;
	__u32 total_retrans;
	__u32 srtt_us;
	struct minmax rtt_min;
};

struct request_sock_ops {
	int family;
};

struct request_sock {
	struct sock_common __req_common;
	const struct request_sock_ops *rsk_ops;
};

struct tcp_request_sock {
	__u32 snt_isn;
};

struct sk_buff___control {
	char cb[48];
};

struct sk_buff___transport {
	__u16 transport_header;
};

struct tcp_skb_cb {
	__u32 seq;
	__u16 tcp_gso_segs;
	__u8 tcp_flags;
};

#pragma clang attribute pop

/* include/net/sock.h */
enum sock_flags___known {
	SOCK_DONE,
};

/* include/net/tcp_states.h; kernel.h has those of sockets that are no whole ones. */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_FIN_WAIT1 4
#define TCP_FIN_WAIT2 5
#define TCP_CLOSE 7
#define TCP_CLOSE_WAIT 8
#define TCP_LISTEN 10

#define ERROR_TIMED_OUT 110 /* ETIMEDOUT */

/* The two ends of a socket. Addresses are mapped, ports in host order. */
struct ends {
	union address local;
	union address remote;
	host_port local_port;
	host_port remote_port;
	__u8 ip_version;
	__u8 pad[3];
};

static __always_inline int is_mapped(const union address *address)
{
	return !address->halves[0] && address->words[2] == bpf_htonl(0xffff);
}

/* By bpf_probe_read_kernel, so that any kind of program may, and of any kind of socket. */
static __always_inline void read_ends(const struct sock_common *common, int family, struct ends *ends)
{
	if (family == ADDRESS_FAMILY_INET6) {
		BPF_CORE_READ_INTO(&ends->local, common, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&ends->remote, common, skc_v6_daddr);
		/* A socket of IPv6 that speaks IPv4 has mapped addresses. */
		ends->ip_version = is_mapped(&ends->remote) ? 4 : 6;
	} else {
		map_ipv4(&ends->local, BPF_CORE_READ(common, skc_rcv_saddr));
		map_ipv4(&ends->remote, BPF_CORE_READ(common, skc_daddr));
		ends->ip_version = 4;
	}
	ends->local_port = BPF_CORE_READ(common, skc_num);
	ends->remote_port = bpf_ntohs(BPF_CORE_READ(common, skc_dport));
}

#define NAMESPACE_OF(common) BPF_CORE_READ(common, skc_net.net, ns.inum)
#define CGROUP_OF(sk) BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id)

#endif
