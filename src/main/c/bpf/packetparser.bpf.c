// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Flows of pods and of the node, from tc.
 *
 * Key design decisions:
 * - SCHED_CLS on the host side of pod veths and on the node's network interface: one program type for clsact and tcx
 * (6.6), sees packets with their L2 header, and costs no clone. Kernel floor: 5.13 (bpf_for_each_map_elem; coarse
 * clock 5.11).
 * - Every program returns TC_ACT_UNSPEC, which is TCX_NEXT too: what comes after us decides as if we were not there.
 * - A table in the kernel, and a report when a flow appears, changes state, each interval, and when it ends. Events are
 *   O(connections), the sums are exact. With aggregation_low every packet is a report, through the same code.
 * - No user-space deletes: flow_sweep reports and deletes, flow_flush reports everything. User space runs one of them
 * at a time through BPF_PROG_TEST_RUN, the first about once a second; each returns the number of open connections whose
 *   first packet this node sees here first.
 * - Cost, BPF_PROG_TEST_RUN on 6.18, one flow: 110 ns a packet, 40 ns for ARP, of which 26 are the empty program.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "emit.h"
#include "packet.h"
#include "link.h"

/* Written by user space while the programs run: not constants to the verifier. In .data also where they are 0. */
SEC(".data") volatile __u8 aggregation_low = 0;
SEC(".data") volatile __u32 sampling_rate = 1; /* follow one in N new connections */
SEC(".data") volatile __u64 report_interval_ns = 30000000000;
const volatile __u64 closed_linger_ns = 1000000000;
const volatile __u64 tcp_idle_ns = 300000000000;
const volatile __u64 other_idle_ns = 30000000000;

#include "flow_table.h"
#include "flow_report.h"
#include "flow_update.h"
#include "flow_sweep.h"
#include "frame.h"
#include "interest.h"

/* The flow's entry, a new one if need be; null when the table takes no more. */
static __always_inline struct flow_entry *entry_of(const struct flow_key *key)
{
	struct flow_entry *entry = bpf_map_lookup_elem(&flow_table, key);

	if (entry)
		return entry;
	/* Fails too when another CPU was faster, hence the look-up in any case. */
	bpf_map_update_elem(&flow_table, key, &no_entry, BPF_NOEXIST);
	return bpf_map_lookup_elem(&flow_table, key);
}

static __always_inline void count_alone(const struct flow_key *key, enum side side, enum report_reason reason,
	const struct packet *packet, const struct observed *observed, __u32 sampling)
{
	struct flow_delta delta = {
		.packets = observed->packets,
		.bytes = observed->bytes,
		.first_ns = observed->now,
		.icmp_type = packet->icmp_type,
		.icmp_code = packet->icmp_code,
	};

	count_flags(&delta, packet->tcp_flags);
	report_alone(key, &delta, side, reason, observed->first_on_node, sampling, observed->now);
}

static __always_inline void count_packet(const struct flow_key *key, enum side side, const struct packet *packet,
	const struct observed *observed, __u32 rate)
{
	struct flow_entry *entry = entry_of(key);
	__u32 identity = identity_of(key), sampling;

	if (!entry) {
		add_stat(&flow_stats, FLOW_STAT_TABLE_FULL, 1);
		count_alone(key, side, REPORT_TABLE_FULL, packet, observed, rate);
		return;
	}
	if (try_lock(entry)) {
		if (!entry->identity) {
			entry->identity = identity;
			entry->sampling = rate;
		}
		if (entry->identity == identity) {
			update(entry, side, key, packet, observed);
			unlock(entry);
			return;
		}
		unlock(entry);
	}
	add_stat(&flow_stats, FLOW_STAT_CONTENDED, 1);
	sampling = entry->sampling;
	count_alone(key, side, REPORT_PACKET, packet, observed, sampling ? sampling : rate);
}

/* What is in the table is followed to its end: it stands for as many as when it began. */
static __always_inline int is_left_out(const struct flow_key *key, const struct packet *packet, __u32 rate)
{
	enum flow_stat stat;

	if (rate > 1 && hash_connection(packet) % rate)
		stat = FLOW_STAT_UNSAMPLED;
	else if (!is_of_interest(&key->beyond, &key->here, key->ip_version))
		stat = FLOW_STAT_UNWANTED;
	else
		return 0;
	if (bpf_map_lookup_elem(&flow_table, key))
		return 0;
	add_stat(&flow_stats, stat, 1);
	return 1;
}

static __always_inline int handle_frame(struct __sk_buff *skb, enum side side, __u8 network)
{
	struct packet packet = {};
	struct observed observed = {};
	struct flow_key key = {};
	__u32 rate = sampling_rate;

	add_stat(&flow_stats, FLOW_STAT_FRAMES, 1);
	if (parse_frame(skb, &packet)) {
		add_stat(&flow_stats, FLOW_STAT_NOT_IP, 1);
		add_stat(&flow_stats, FLOW_STAT_NOT_IP_BYTES, skb->len);
		return TC_ACT_UNSPEC;
	}
	if (packet.fragment)
		follow_fragment(&packet);
	key_of(&packet, skb->ifindex, side, network, &key);
	if (is_left_out(&key, &packet, rate))
		return TC_ACT_UNSPEC;
	measure_frame(skb, &packet, network, &observed.packets, &observed.bytes);
	observed.now = bpf_ktime_get_coarse_ns();
	observed.first_on_node = side == SIDE_IN || !skb->ingress_ifindex;
	count_packet(&key, side, &packet, &observed, rate);
	return TC_ACT_UNSPEC;
}

/* A pod sends: ingress of the host side of its veth. */
SEC("tc")
int on_pod_tx(struct __sk_buff *skb)
{
	return handle_frame(skb, SIDE_IN, 0);
}

/* A pod receives: egress of the same. */
SEC("tc")
int on_pod_rx(struct __sk_buff *skb)
{
	return handle_frame(skb, SIDE_OUT, 0);
}

/* The node receives: ingress of its network interface. */
SEC("tc")
int on_net_rx(struct __sk_buff *skb)
{
	return handle_frame(skb, SIDE_IN, 1);
}

/* The node sends: egress of the same. */
SEC("tc")
int on_net_tx(struct __sk_buff *skb)
{
	return handle_frame(skb, SIDE_OUT, 1);
}

SEC("tc")
int flow_sweep(struct __sk_buff *skb __attribute__((unused)))
{
	return sweep_flows(0);
}

SEC("tc")
int flow_flush(struct __sk_buff *skb __attribute__((unused)))
{
	return sweep_flows(1);
}

/* The same, interruptible: see the head of flow_sweep.h. Not loaded unless asked for. */
SEC("?syscall")
int sys_flow_sweep(void *context __attribute__((unused)))
{
	return sweep_flows(0);
}

SEC("?syscall")
int sys_flow_flush(void *context __attribute__((unused)))
{
	return sweep_flows(1);
}

EVENT_TYPE(flow_event);
EVENT_TYPE(packet_event);
EVENT_HEADER_ENUMS;
EVENT_ENUM(observation_point);
EVENT_ENUM(reply);
EVENT_ENUM(tcp_flag);
EVENT_ENUM(flow_stat);

char LICENSE[] SEC("license") = "Dual BSD/GPL";
