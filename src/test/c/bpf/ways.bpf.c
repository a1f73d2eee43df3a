/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Ways to hooks: some that no kernel takes, and one that each does. Loaded as a test names them. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
#include "emit.h"

/* One that is right in every kernel, one that is right in none, and two of which one is. */
struct sk_buff;
struct sock;
SIGNATURE(nf_hook_slow, int, struct sk_buff *);
SIGNATURE(tcp_v4_connect, int, struct sk_buff *, void *, int);
SIGNATURE(tcp_v6_connect, int, struct sk_buff *, void *, int);
SIGNATURE(tcp_v6_connect___right, int, struct sock *, void *, int);

__u64 hits = 0;

/* Cannot be loaded: no such tracepoint. */
SEC("?tp_btf/no_such_hook")
int on_unknown(__u64 *context)
{
	(void)context;
	return 0;
}

/* Cannot be loaded: the verifier refuses it. */
SEC("?tp_btf/sched_switch")
int on_rejected(__u64 *context)
{
	return *(volatile int *)context[7];
}

/* Can be loaded, but not attached. */
SEC("?raw_tp/no_such_hook")
int on_unattachable(__u64 *context)
{
	(void)context;
	return 0;
}

SEC("?raw_tp/sched_switch")
int on_switch(__u64 *context)
{
	(void)context;
	__sync_fetch_and_add(&hits, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
