// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Packets that the kernel drops, and why.
 *
 * Key design decisions:
 * - tp_btf on kfree_skb: a stable tracepoint that every drop of every CNI passes, with the reason since 5.17.
 * - What is no drop stays out: SKB_NOT_DROPPED_YET and SKB_CONSUMED always (freed in good order); NOT_SPECIFIED unless
 *   `unspecified` is set, because callers that never chose a reason free good skbs with it; what `excluded` lists; and
 * skbs that are no network packets (AF_UNIX, netlink: neither an interface, nor an ethertype, nor an internet socket).
 *   Reasons are resolved by name: their numbers differ between kernels.
 * - Counted in a table like flows: the first drop of a key is reported at once, the others each interval. A retried
 * packet that is dropped a thousand times is a few events.
 * - bytes are the IP packet's length, wherever in the stack it was dropped: skb->len alone shrinks with each layer that
 * the packet has passed. For what is not IP, skb->len. packets are the segments of a GSO packet.
 * - Functions that decide about packets are watched too (drop_netfilter.h, drop_calls.h), but count none that kfree_skb
 * sees.
 * - The kernel skips a tracing program that would interrupt itself on a CPU; it counts this as the program's
 *   recursion_misses, which user space adds to what is lost.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "emit.h"
#include "packet.h"
#include "kernel.h"

#define EXCLUDED_REASONS 16

const volatile __u8 aggregation_low = 0;
const volatile __u8 unspecified = 0;
const volatile __u32 excluded[EXCLUDED_REASONS] = {};
const volatile __u32 excluded_count = 0;
const volatile __u64 report_interval_ns = 30000000000;
const volatile __u64 idle_ns = 10000000000;

#include "drop_table.h"
#include "drop_mark.h"
#include "interest.h"

/* An skb's linear part. Offsets count from its head. */
struct frame {
	unsigned char *head;
	__u32 tail;
	__u32 pad;
};

static __always_inline long packet_read(void *frame, __u32 offset, void *to, __u32 length)
{
	struct frame *linear = frame;

	if (offset + length > linear->tail)
		return -1;
	return bpf_probe_read_kernel(to, length, linear->head + offset);
}

/* A global function, as in frame.h: its loop is walked once by the verifier, and by itself. */
__noinline __u32 skip_linear_extensions(struct frame *frame, __u32 offset, struct extensions *found)
{
	return frame && found ? walk_extensions(frame, offset, found) : 0;
}

static __always_inline __u32 skip_extensions(void *frame, __u32 offset, struct extensions *found)
{
	return skip_linear_extensions(frame, offset, found);
}

static __always_inline int is_excluded(__u32 reason)
{
	if (!TELLS_REASON)
		return 0;
	if (IS_REASON(reason, SKB_NOT_DROPPED_YET) || IS_REASON(reason, SKB_CONSUMED))
		return 1;
	if (!unspecified && IS_REASON(reason, SKB_DROP_REASON_NOT_SPECIFIED))
		return 1;
	for (__u32 i = 0; i < EXCLUDED_REASONS && i < excluded_count; i++)
		if (excluded[i] == reason)
			return 1;
	return 0;
}

/* Offset of the network header from skb->head. */
static __always_inline __u32 network_offset(const enum pointers pointers, struct sk_buff *skb, __u32 data)
{
	__u32 header = LOAD(pointers, skb, network_header);

	if (header)
		return header;
	/* Not yet set, fresh from a driver: the data begin there, or at the link layer's header. */
	return data == LOAD(pointers, skb, mac_header) ? data + ETH_HLEN : data;
}

/* 0 with the packet filled, negative if its IP header is not (yet, any more) there. */
static __always_inline int parse_skb(
	const enum pointers pointers, struct sk_buff *skb, struct packet *packet, __u32 *length)
{
	struct frame frame = {.head = LOAD(pointers, skb, head), .tail = LOAD(pointers, skb, tail)};
	__u32 data = LOAD(pointers, skb, data) - frame.head;
	__u32 offset = network_offset(pointers, skb, data);
	__be16 ethertype = LOAD(pointers, skb, protocol);
	__u8 version;

	*length = LOAD(pointers, skb, len);
	packet->vlan = vlan_of(pointers, skb);
	/* What a local socket sends gets its ethertype late. */
	if (!ethertype && LOAD(pointers, skb, network_header) &&
		!packet_read(&frame, offset, &version, sizeof(version)))
		ethertype = version >> 4 == 4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	if (parse_ip(&frame, offset, ethertype, packet))
		return -1;
	*length += data - offset;
	return 0;
}

/* The ends that a socket knows: of a local packet whose IP header is not written yet, and of a connection. */
static __always_inline void read_socket(const enum pointers pointers, struct sock *sk, struct packet *packet)
{
	__u16 family = LOAD(pointers, sk, __sk_common.skc_family);

	if (family == ADDRESS_FAMILY_INET) {
		packet->ip_version = 4;
		map_ipv4(&packet->source, LOAD(pointers, sk, __sk_common.skc_rcv_saddr));
		map_ipv4(&packet->destination, LOAD(pointers, sk, __sk_common.skc_daddr));
	} else if (family == ADDRESS_FAMILY_INET6) {
		packet->ip_version = 6;
		bpf_core_read(&packet->source, sizeof(packet->source), &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(&packet->destination, sizeof(packet->destination), &sk->__sk_common.skc_v6_daddr);
	} else {
		return;
	}
	packet->protocol = LOAD(pointers, sk, sk_protocol);
	packet->source_port = LOAD(pointers, sk, __sk_common.skc_num);
	packet->destination_port = bpf_ntohs(LOAD(pointers, sk, __sk_common.skc_dport));
}

static __always_inline __u16 segments_of(const enum pointers pointers, struct sk_buff *skb)
{
	struct skb_shared_info *shared = (void *)(LOAD(pointers, skb, head) + LOAD(pointers, skb, end));
	__u16 segments = BPF_CORE_READ(shared, gso_segs);

	return segments ? segments : 1;
}

static __always_inline void count_drops(
	const struct drop_key *key, struct net_device *device, const struct drop_report *drops)
{
	struct drop_entry *entry = bpf_map_lookup_elem(&drop_table, key);
	monotonic_ns now = drops->first_ns, reported;
	struct drop_entry fresh = {};

	if (!entry || aggregation_low) {
		if (device)
			bpf_core_read(fresh.interface_name, sizeof(fresh.interface_name), &device->name);
		if (aggregation_low) {
			report_drop_alone(key, fresh.interface_name, drops, now);
			return;
		}
		bpf_map_update_elem(&drop_table, key, &fresh, BPF_NOEXIST);
		entry = bpf_map_lookup_elem(&drop_table, key);
		if (!entry) {
			struct drop_report alone = *drops;

			alone.reason = REPORT_TABLE_FULL;
			add_stat(&drop_stats, DROP_STAT_TABLE_FULL, alone.packets);
			report_drop_alone(key, fresh.interface_name, &alone, now);
			return;
		}
	}
	if (entry->dead) {
		report_drop_alone(key, entry->interface_name, drops, now);
		return;
	}
	entry->last_ns = now;
	add_drops(entry, drops);
	if (entry->dead) {
		report_pending(key, entry, REPORT_END, now);
		return;
	}
	reported = entry->reported_ns;
	if (!reported)
		report_pending(key, entry, REPORT_NEW, now);
	else if (elapsed_ns(now, reported) >= report_interval_ns)
		report_pending(key, entry, REPORT_INTERVAL, now);
}

static __always_inline void set_flow(struct drop_key *key, const struct packet *packet)
{
	key->source = packet->source;
	key->destination = packet->destination;
	key->source_port = packet->source_port;
	key->destination_port = packet->destination_port;
	key->vlan = packet->vlan;
	key->protocol = packet->protocol;
	key->ip_version = packet->ip_version;
	key->icmp_type = packet->icmp_type;
	key->icmp_code = packet->icmp_code;
}

static __always_inline void handle_drop(
	const enum pointers pointers, struct sk_buff *skb, __u64 location, __u32 reason, struct sock *receiver)
{
	struct packet packet = {};
	struct drop_key key = {};
	struct drop_report drops = {};
	struct net_device *device;
	struct sock *sk;
	__u32 length, arrived_at;

	add_stat(&drop_stats, DROP_STAT_DROPS, 1);
	arrived_at = LOAD(pointers, skb, skb_iif);
	if (is_excluded(reason)) {
		add_stat(&drop_stats, DROP_STAT_EXCLUDED, 1);
		return;
	}
	device = device_of(pointers, skb);
	sk = socket_of(pointers, LOAD(pointers, skb, sk));
	if (!sk)
		sk = socket_of(pointers, receiver);
	if (!device && !arrived_at && !LOAD(pointers, skb, protocol) && !sk) {
		add_stat(&drop_stats, DROP_STAT_NOT_NETWORK, 1);
		return;
	}
	if (parse_skb(pointers, skb, &packet, &length)) {
		if (!arrived_at && sk)
			read_socket(pointers, sk, &packet);
		if (!packet.ip_version)
			add_stat(&drop_stats, DROP_STAT_NOT_IP, 1);
	}

	set_flow(&key, &packet);
	if (!is_of_interest(&key.source, &key.destination, key.ip_version)) {
		add_stat(&drop_stats, DROP_STAT_UNWANTED, 1);
		return;
	}
	key.location = location;
	key.reason = reason;
	key.interface_index = device ? (__u32)LOAD(pointers, device, ifindex) : arrived_at;
	key.function = take_mark(skb, location, reason, &key.direction);
	if (!key.direction)
		key.direction = arrived_at ? DIRECTION_INGRESS : sk ? DIRECTION_EGRESS : DIRECTION_UNKNOWN;
	key.network_namespace = namespace_of(pointers, device, sk);
	if (sk)
		key.cgroup_id = cgroup_of(pointers, sk);

	drops.packets = segments_of(pointers, skb);
	drops.bytes = length;
	drops.tcp_flags = packet.tcp_flags;
	drops.first_ns = bpf_ktime_get_ns(); /* tracing programs have no coarse clock */
	count_drops(&key, device, &drops);
}

static long sweep_drops(void *table, const struct drop_key *key, struct drop_entry *entry, struct sweep *sweep)
{
	monotonic_ns now = sweep->now;

	if (entry->dead) {
		/* Marked by an earlier sweep: nobody adds any more. */
		if (!report_pending(key, entry, REPORT_END, now))
			bpf_map_delete_elem(table, key);
		return 0;
	}
	sweep->entries++;
	if (sweep->flush)
		report_pending(key, entry, REPORT_FLUSH, now);
	else if (elapsed_ns(now, entry->reported_ns) >= report_interval_ns)
		report_pending(key, entry, REPORT_INTERVAL, now);
	if (!entry->packets && elapsed_ns(now, entry->last_ns) >= idle_ns)
		__sync_lock_test_and_set(&entry->dead, 1);
	return 0;
}

static __always_inline int sweep(__u8 flush)
{
	struct sweep sweep = {.now = bpf_ktime_get_ns(), .flush = flush};

	bpf_for_each_map_elem(&drop_table, sweep_drops, &sweep, 0);
	return sweep.entries;
}

/* The kernel's reason, of which there is none before 5.17. */
SEC("tp_btf/kfree_skb")
int on_kfree_skb(__u64 *ctx)
{
	handle_drop(POINTERS_TYPED, (void *)ctx[0], ctx[1], TELLS_REASON ? ctx[2] : 0,
		TELLS_RECEIVING_SOCKET ? (void *)ctx[3] : 0);
	return 0;
}

/* Where the kernel has no typed tracepoints. */
SEC("?raw_tp/kfree_skb")
int on_kfree_skb_raw(struct bpf_raw_tracepoint_args *ctx)
{
	handle_drop(POINTERS_RAW, (void *)ctx->args[0], ctx->args[1], TELLS_REASON ? ctx->args[2] : 0,
		TELLS_RECEIVING_SOCKET ? (void *)ctx->args[3] : 0);
	return 0;
}

#include "drop_probe.h"
#include "drop_netfilter.h"
#include "drop_calls.h"

/* Run by user space through BPF_PROG_TEST_RUN, one at a time; both return the number of entries. */
SEC("tc")
int drop_sweep(struct __sk_buff *skb __attribute__((unused)))
{
	return sweep(0);
}

SEC("tc")
int drop_flush(struct __sk_buff *skb __attribute__((unused)))
{
	return sweep(1);
}

EVENT_TYPE(drop_event);
EVENT_HEADER_ENUMS;
EVENT_ENUM(direction);
EVENT_ENUM(drop_function);
EVENT_ENUM(drop_stat);

char LICENSE[] SEC("license") = "Dual BSD/GPL";
