/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Wants a hook that no kernel has. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

SEC("tp_btf/no_such_hook")
int on_nothing(__u64 *context)
{
	(void)context;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
