/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What no verifier accepts: a map value is read without asking whether it is there. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

SEC("tc")
int on_good(struct __sk_buff *skb)
{
	return skb->len ? -1 : 0;
}

SEC("tc")
int on_bad(struct __sk_buff *skb)
{
	__u32 key = skb->len;
	__u64 *value = bpf_map_lookup_elem(&values, &key);

	return *value;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
