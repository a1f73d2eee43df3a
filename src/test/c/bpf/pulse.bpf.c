/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The least that a plugin's object has: each sweep reports one event, without any traffic. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

enum pulse_stat {
	PULSE_STAT_EVENTS,
	PULSE_STAT_DEFERRED_EVENTS,
	PULSE_STAT_LOST_EVENTS,
	PULSE_STAT_LOST_PACKETS,
	PULSE_STAT_LOST_BYTES,
	PULSE_STAT_TABLE_FULL,
	PULSE_STATS,
};
const enum pulse_stat *pulse_stat_type SEC(".event_types") = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PULSE_STATS);
	__type(key, __u32);
	__type(value, __u64);
} pulse_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} pulse_events SEC(".maps");

SEC("tc")
int pulse_sweep(struct __sk_buff *skb)
{
	__u32 index = PULSE_STAT_EVENTS;
	__u64 *count = bpf_map_lookup_elem(&pulse_stats, &index);
	__u64 event = skb->len;

	if (count && !bpf_ringbuf_output(&pulse_events, &event, sizeof(event), BPF_RB_NO_WAKEUP))
		(*count)++;
	return 1;
}

SEC("tc")
int pulse_flush(struct __sk_buff *skb)
{
	(void)skb;
	return 0;
}

SEC("tc")
int on_packet(struct __sk_buff *skb)
{
	(void)skb;
	return -1; /* TC_ACT_UNSPEC: let what follows decide */
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
