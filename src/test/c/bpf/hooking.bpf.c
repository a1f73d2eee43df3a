/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* One program for each kind of attachment that libbpf makes or that is a socket's; each counts its runs. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

static void hit(__u32 hook)
{
	__u64 *count = bpf_map_lookup_elem(&hits, &hook);

	if (count)
		(*count)++;
}

SEC("tp_btf/sched_switch")
int on_tp_btf(__u64 *context)
{
	(void)context;
	hit(0);
	return 0;
}

SEC("raw_tp/sched_switch")
int on_raw_tp(__u64 *context)
{
	(void)context;
	hit(1);
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int on_tracepoint(void *context)
{
	(void)context;
	hit(2);
	return 0;
}

SEC("socket")
int on_socket(struct __sk_buff *skb)
{
	(void)skb;
	hit(3);
	return 0;
}

SEC("cgroup_skb/egress")
int on_cgroup(struct __sk_buff *skb)
{
	(void)skb;
	hit(4);
	return 1; /* pass */
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
