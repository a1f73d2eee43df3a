// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The life of TCP connections: how long the handshake took, how they ended, what they carried; and resets.
 *
 * Key design decisions:
 * - Changes of state, not packets: two or three events of the kernel per connection and end, whatever it carries. What
 *   it carried the kernel's socket has counted anyway; it is read once, when the socket closes.
 * - Between the two ends of its life a connection is remembered in the socket's own storage: no table of ours that
 * could be full, nothing to clean up. Where the socket has no room for it, or was there before us, its end is reported
 *   without its beginning.
 * - Only what is from or to an address of interest is reported (interest.h), and asked for when it is: a set that
 * changes while a connection lives decides at its end.
 * - Both ends report where both are on this node: each is the view of its own pod.
 * - A process that aborts a connection (unread data, SO_LINGER 0) closes the socket before it sends the reset: such an
 *   end is known by the state that it came from, as FIN leads out of it nowhere to CLOSE.
 * - Round trips by sock_ops, once per window of data, for connections that were made after the program was attached; it
 *   reports those that live long, once an interval. Without it the smoothed round trip is told at the end only.
 */
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "emit.h"
#include "inet.h"
#include "interest.h"
#include "kernel.h"
#include "socket.h"

SEC(".data") volatile __u64 report_interval_ns = 30000000000;

#include "connection.h"

static __always_inline void count_reset(struct reset_event *reset)
{
	struct reset_event *event;
	monotonic_ns now = bpf_ktime_get_ns();

	add_stat(&connection_stats, CONNECTION_STAT_RESETS, 1);
	if (!is_of_interest((void *)reset->source_addr, (void *)reset->destination_addr, reset->ip_version)) {
		add_stat(&connection_stats, CONNECTION_STAT_UNWANTED, 1);
		return;
	}
	event = reserve_event(&connection_events, EVENT_RESET, sizeof(*event), now);
	if (!event) {
		add_stat(&connection_stats, CONNECTION_STAT_LOST_EVENTS, 1);
		add_stat(&connection_stats, CONNECTION_STAT_LOST_PACKETS, 1);
		return;
	}
	reset->header = event->header;
	*event = *reset;
	event->first_ns = now;
	event->packets = 1;
	event->tcp_flags = TCP_RST;
	event->protocol = IPPROTO_TCP;
	event->reason = REPORT_PACKET;
	submit_event(event);
	add_stat(&connection_stats, CONNECTION_STAT_EVENTS, 1);
}

static __always_inline enum tcp_phase phase_of(__u8 state)
{
	switch (state) {
	case 0:
		return PHASE_UNKNOWN;
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
	case TCP_NEW_SYN_RECV:
	case TCP_LISTEN:
		return PHASE_HANDSHAKE;
	case TCP_ESTABLISHED:
		return PHASE_ESTABLISHED;
	default:
		return PHASE_CLOSING;
	}
}

static __always_inline void describe_socket(struct reset_event *reset, const struct sock *sk, int sent)
{
	struct ends ends = {};

	read_ends(&sk->__sk_common, BPF_CORE_READ(sk, __sk_common.skc_family), &ends);
	__builtin_memcpy(sent ? reset->source_addr : reset->destination_addr, &ends.local, 16);
	__builtin_memcpy(sent ? reset->destination_addr : reset->source_addr, &ends.remote, 16);
	/* A closed socket has given its port back. */
	if (!ends.local_port)
		ends.local_port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
	reset->source_port = sent ? ends.local_port : ends.remote_port;
	reset->destination_port = sent ? ends.remote_port : ends.local_port;
	reset->ip_version = ends.ip_version;
}

/* The reset answers this packet, which has come as far as TCP. Negative if its headers cannot be read. */
static __always_inline int describe_answer(struct reset_event *reset, const struct sk_buff *skb)
{
	const struct sk_buff___transport *offsets = (void *)skb;
	unsigned char *head = BPF_CORE_READ(skb, head);
	union address *source = (void *)reset->source_addr, *destination = (void *)reset->destination_addr;
	struct ipv6hdr ip6;
	struct iphdr ip;
	struct tcphdr tcp;

	if (bpf_probe_read_kernel(&ip, sizeof(ip), head + BPF_CORE_READ(skb, network_header)) ||
		bpf_probe_read_kernel(&tcp, sizeof(tcp), head + BPF_CORE_READ(offsets, transport_header)))
		return -1;
	reset->ip_version = ip.version;
	if (ip.version == 4) {
		map_ipv4(source, ip.daddr);
		map_ipv4(destination, ip.saddr);
	} else {
		if (bpf_probe_read_kernel(&ip6, sizeof(ip6), head + BPF_CORE_READ(skb, network_header)))
			return -1;
		__builtin_memcpy(source, &ip6.daddr, sizeof(*source));
		__builtin_memcpy(destination, &ip6.saddr, sizeof(*destination));
	}
	reset->source_port = bpf_ntohs(tcp.dest);
	reset->destination_port = bpf_ntohs(tcp.source);
	if (!reset->tcp_state)
		reset->phase = tcp.syn ? PHASE_HANDSHAKE : PHASE_UNKNOWN;
	return 0;
}

SEC("tp_btf/tcp_send_reset")
int on_send_reset(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	const struct sk_buff *skb = (void *)ctx[1];
	struct reset_event reset = {.direction = DIRECTION_EGRESS};
	struct connection *connection = 0;
	struct sock *whole = socket_of(POINTERS_TYPED, sk);
	__u8 state = 0;

	if (sk)
		state = sk->__sk_common.skc_state;
	if (whole) {
		connection = bpf_sk_storage_get(&connections, whole, 0, 0);
		if (connection)
			connection->reset_sent = 1;
		if (connection && state == TCP_CLOSE)
			state = connection->last_state;
		reset.cgroup_id = CGROUP_OF(whole);
	}
	reset.tcp_state = state;
	reset.phase = phase_of(state);
	if (skb) {
		struct net_device *device = BPF_CORE_READ(skb, dev);

		if (device)
			reset.network_namespace = BPF_CORE_READ(device, nd_net.net, ns.inum);
		if (describe_answer(&reset, skb))
			return 0;
	} else if (whole) {
		reset.network_namespace = NAMESPACE_OF(&whole->__sk_common);
		describe_socket(&reset, whole, 1);
	} else {
		return 0;
	}
	count_reset(&reset);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int on_receive_reset(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct reset_event reset = {.direction = DIRECTION_INGRESS};
	struct connection *connection = bpf_sk_storage_get(&connections, sk, 0, 0);

	if (connection)
		connection->reset_received = 1;
	reset.tcp_state = sk->__sk_common.skc_state;
	reset.phase = phase_of(reset.tcp_state);
	reset.cgroup_id = CGROUP_OF(sk);
	reset.network_namespace = NAMESPACE_OF(&sk->__sk_common);
	describe_socket(&reset, sk, 0);
	count_reset(&reset);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int on_state(__u64 *ctx)
{
	struct sock *sk = (void *)ctx[0];
	int from = ctx[1], to = ctx[2];
	struct connection *connection;
	struct tcp_sock *tcp;

	if (to == TCP_SYN_SENT || to == TCP_ESTABLISHED) {
		if (!bpf_skc_to_tcp_sock(sk))
			return 0; /* another protocol */
		connection = bpf_sk_storage_get(&connections, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (!connection)
			add_stat(&connection_stats, CONNECTION_STAT_TABLE_FULL, 1);
		else if (to == TCP_SYN_SENT)
			begin(connection, DIRECTION_EGRESS);
		else
			establish(connection, from == TCP_SYN_SENT ? DIRECTION_EGRESS : DIRECTION_INGRESS);
		return 0;
	}
	if (to != TCP_CLOSE || from == TCP_CLOSE || from == TCP_LISTEN)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return 0;
	connection = bpf_sk_storage_get(&connections, sk, 0, 0);
	add_stat(&connection_stats, CONNECTION_STAT_ENDS, 1);
	end(tcp, connection, from);
	return 0;
}

SEC("sockops")
int on_round_trip(struct bpf_sock_ops *ops)
{
	struct connection *connection;
	struct bpf_sock *sk = ops->sk;
	struct tcp_sock *tcp;
	monotonic_ns now;

	switch (ops->op) {
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_RTT_CB_FLAG);
		break; /* that of the handshake is known */
	case BPF_SOCK_OPS_RTT_CB:
		break;
	default:
		return 1;
	}
	if (!sk)
		return 1;
	connection = bpf_sk_storage_get(&connections, sk, 0, 0);
	if (!connection)
		return 1;
	if (connection->max_srtt_us < ops->srtt_us)
		connection->max_srtt_us = ops->srtt_us;
	now = bpf_ktime_get_ns();
	if (elapsed_ns(now, connection->reported_ns) < report_interval_ns)
		return 1;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp) {
		connection->reported_ns = now;
		report_open(tcp, connection, now);
	}
	return 1;
}

EVENT_TYPE(connection_event);
EVENT_TYPE(reset_event);
EVENT_HEADER_ENUMS;
EVENT_ENUM(direction);
EVENT_ENUM(tcp_outcome);
EVENT_ENUM(tcp_phase);
EVENT_ENUM(connection_stat);

char LICENSE[] SEC("license") = "Dual BSD/GPL";
