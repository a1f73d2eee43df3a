// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * TCP segments that are sent again, one event each.
 *
 * Key design decisions:
 * - tcp_retransmit_skb and tcp_retransmit_synack: stable tracepoints, passed only by what is sent again, so nothing is
 *   paid for the rest. By tp_btf, else as raw tracepoints: the arguments are the same, and no layout of a trace record
 *   is involved, which is another since 6.17.
 * - Everything is read by bpf_probe_read_kernel: one function serves both kinds of program. Retransmissions are rare.
 * - What the stack refused to send (6.17 and later tell, older kernels do not pass here then) is left out.
 * - packets are segments, as the kernel's own RetransSegs: one skb may hold several.
 * - Only those from or to an address of interest are reported, as packetparser does: interest.h.
 * - A SYN-ACK belongs to a request, not to a socket: its listener gives cgroup and namespace.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "emit.h"
#include "inet.h"
#include "interest.h"
#include "kernel.h"
#include "socket.h"

enum retransmit_stat {
	RETRANSMIT_STAT_SEGMENTS = 0, /* seen; = counted + REFUSED + UNWANTED */
	RETRANSMIT_STAT_REFUSED = 1, /* the stack did not send them */
	RETRANSMIT_STAT_EVENTS = 2, /* submitted */
	RETRANSMIT_STAT_DEFERRED_EVENTS = 3, /* never: there is no table */
	RETRANSMIT_STAT_LOST_EVENTS = 4, /* refused by a full ring */
	RETRANSMIT_STAT_LOST_PACKETS = 5,
	RETRANSMIT_STAT_LOST_BYTES = 6,
	RETRANSMIT_STAT_UNWANTED = 7, /* between addresses that are of no interest */
	RETRANSMIT_STAT_COUNT = 8,
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RETRANSMIT_STAT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} retransmit_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} retransmit_events SEC(".maps");

/* Since 6.17 the tracepoint tells what became of it. */
typedef void (*btf_trace_tcp_retransmit_skb___result)(
	void *context, const struct sock *sk, const struct sk_buff *skb, int result);

#if __clang_major__ >= 16
#define TELLS_RESULT bpf_core_type_matches(btf_trace_tcp_retransmit_skb___result)
#else
#define TELLS_RESULT 0 /* clang 15 cannot ask whether a type matches */
#endif

/* What is sent again. */
struct segment {
	struct ends ends;
	__u64 cgroup_id;
	__u32 network_namespace;
	__u32 sequence;
	__u32 bytes;
	__u16 packets;
	__u16 flags;
	__u8 state;
	__u8 pad[7];
};

static __always_inline void report(const struct segment *segment)
{
	monotonic_ns now = bpf_ktime_get_ns();
	struct retransmit_event *event;

	if (!is_of_interest(&segment->ends.local, &segment->ends.remote, segment->ends.ip_version)) {
		add_stat(&retransmit_stats, RETRANSMIT_STAT_UNWANTED, segment->packets);
		return;
	}
	event = reserve_event(&retransmit_events, EVENT_RETRANSMIT, sizeof(*event), now);
	if (!event) {
		add_stat(&retransmit_stats, RETRANSMIT_STAT_LOST_EVENTS, 1);
		add_stat(&retransmit_stats, RETRANSMIT_STAT_LOST_PACKETS, segment->packets);
		add_stat(&retransmit_stats, RETRANSMIT_STAT_LOST_BYTES, segment->bytes);
		return;
	}
	__builtin_memcpy(event->source_addr, &segment->ends.local, sizeof(event->source_addr));
	__builtin_memcpy(event->destination_addr, &segment->ends.remote, sizeof(event->destination_addr));
	event->first_ns = now;
	event->packets = segment->packets;
	event->bytes = segment->bytes;
	event->cgroup_id = segment->cgroup_id;
	event->sequence = segment->sequence;
	event->network_namespace = segment->network_namespace;
	event->source_port = segment->ends.local_port;
	event->destination_port = segment->ends.remote_port;
	event->tcp_flags = segment->flags;
	event->protocol = IPPROTO_TCP;
	event->ip_version = segment->ends.ip_version;
	event->direction = DIRECTION_EGRESS;
	event->reason = REPORT_PACKET;
	event->tcp_state = segment->state;
	submit_event(event);
	add_stat(&retransmit_stats, RETRANSMIT_STAT_EVENTS, 1);
}

static __always_inline int retransmit_skb(const struct sock *sk, const struct sk_buff *skb, int result)
{
	const struct tcp_skb_cb *control = (void *)((struct sk_buff___control *)skb)->cb;
	struct segment segment = {};

	segment.packets = BPF_CORE_READ(control, tcp_gso_segs);
	if (!segment.packets)
		segment.packets = 1;
	add_stat(&retransmit_stats, RETRANSMIT_STAT_SEGMENTS, segment.packets);
	if (result) {
		add_stat(&retransmit_stats, RETRANSMIT_STAT_REFUSED, segment.packets);
		return 0;
	}
	read_ends(&sk->__sk_common, BPF_CORE_READ(sk, __sk_common.skc_family), &segment.ends);
	segment.cgroup_id = CGROUP_OF(sk);
	segment.network_namespace = NAMESPACE_OF(&sk->__sk_common);
	segment.state = BPF_CORE_READ(sk, __sk_common.skc_state);
	segment.sequence = BPF_CORE_READ(control, seq);
	segment.flags = BPF_CORE_READ_BITFIELD_PROBED(control, tcp_flags); /* of two bytes since 6.15 */
	segment.bytes = BPF_CORE_READ(skb, len);
	report(&segment);
	return 0;
}

static __always_inline int retransmit_synack(const struct sock *listener, const struct request_sock *request)
{
	const struct tcp_request_sock *tcp = (void *)request;
	struct segment segment = {};

	add_stat(&retransmit_stats, RETRANSMIT_STAT_SEGMENTS, 1);
	/* The family of the request: a listener of IPv6 takes IPv4, too. */
	read_ends(&request->__req_common, BPF_CORE_READ(request, rsk_ops, family), &segment.ends);
	segment.cgroup_id = CGROUP_OF(listener);
	segment.network_namespace = NAMESPACE_OF(&listener->__sk_common);
	segment.state = TCP_SYN_RECV;
	segment.sequence = BPF_CORE_READ(tcp, snt_isn);
	segment.flags = TCP_SYN | TCP_ACK;
	segment.packets = 1;
	report(&segment);
	return 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int on_retransmit(__u64 *ctx)
{
	return retransmit_skb((void *)ctx[0], (void *)ctx[1], TELLS_RESULT ? ctx[2] : 0);
}

SEC("raw_tp/tcp_retransmit_skb")
int raw_on_retransmit(__u64 *ctx)
{
	return retransmit_skb((void *)ctx[0], (void *)ctx[1], TELLS_RESULT ? ctx[2] : 0);
}

SEC("tp_btf/tcp_retransmit_synack")
int on_synack(__u64 *ctx)
{
	return retransmit_synack((void *)ctx[0], (void *)ctx[1]);
}

SEC("raw_tp/tcp_retransmit_synack")
int raw_on_synack(__u64 *ctx)
{
	return retransmit_synack((void *)ctx[0], (void *)ctx[1]);
}

EVENT_TYPE(retransmit_event);
EVENT_HEADER_ENUMS;
EVENT_ENUM(direction);
EVENT_ENUM(retransmit_stat);

char LICENSE[] SEC("license") = "Dual BSD/GPL";
