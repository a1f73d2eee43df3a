/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The sample plugin: each UDP datagram over IPv4 that a pod sends to one port. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct sample_event {
	__u64 time_ns;
	__be32 source;
	__be32 destination;
	__u32 bytes;
	__u16 source_port;
	__u16 destination_port;
};
const struct sample_event *sample_event_type SEC(".event_types") = 0;

enum sample_stat {
	SAMPLE_STAT_EVENTS,
	SAMPLE_STAT_DEFERRED_EVENTS,
	SAMPLE_STAT_LOST_EVENTS,
	SAMPLE_STAT_LOST_PACKETS,
	SAMPLE_STAT_LOST_BYTES,
	SAMPLE_STATS,
};
const enum sample_stat *sample_stat_type SEC(".event_types") = 0;

const volatile __u16 port = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SAMPLE_STATS);
	__type(key, __u32);
	__type(value, __u64);
} sample_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} sample_events SEC(".maps");

static __always_inline void add(__u32 index, __u64 amount)
{
	__u64 *count = bpf_map_lookup_elem(&sample_stats, &index);

	if (count)
		*count += amount;
}

SEC("tc")
int on_sample(struct __sk_buff *skb)
{
	struct {
		struct ethhdr eth;
		struct iphdr ip;
		struct udphdr udp;
	} __attribute__((packed)) frame;
	struct sample_event *event;

	if (bpf_skb_load_bytes(skb, 0, &frame, sizeof(frame)) || frame.eth.h_proto != bpf_htons(ETH_P_IP) ||
		frame.ip.ihl != 5 || frame.ip.protocol != IPPROTO_UDP || frame.udp.dest != bpf_htons(port))
		return TC_ACT_UNSPEC;
	event = bpf_ringbuf_reserve(&sample_events, sizeof(*event), 0);
	if (!event) {
		add(SAMPLE_STAT_LOST_EVENTS, 1);
		add(SAMPLE_STAT_LOST_PACKETS, 1);
		add(SAMPLE_STAT_LOST_BYTES, skb->len);
		return TC_ACT_UNSPEC;
	}
	event->time_ns = bpf_ktime_get_ns();
	event->source = frame.ip.saddr;
	event->destination = frame.ip.daddr;
	event->bytes = skb->len;
	event->source_port = bpf_ntohs(frame.udp.source);
	event->destination_port = port;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	add(SAMPLE_STAT_EVENTS, 1);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
