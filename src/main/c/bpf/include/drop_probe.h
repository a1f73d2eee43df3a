/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Parameters and results of functions at kprobes and kretprobes, and what an entry leaves for its return.
 *
 * Calls nest, on one CPU and in one thread: a packet that `reject` answers is in nf_hook_slow while the answer passes
 * it, and softirqs run on the stack of whom they interrupt. What tells them apart is where on the stack they return to.
 */
#ifndef RETINA_DROP_PROBE_H
#define RETINA_DROP_PROBE_H

/* The n-th parameter at a function's entry, from 1. Read by a helper: a choice of offsets is no plain load of a
 * context. */
static __always_inline __u64 parameter(struct pt_regs *ctx, const int n)
{
	struct pt_regs___amd64 *amd64 = (void *)ctx;
	struct pt_regs___arm64 *arm64 = (void *)ctx;

	if (bpf_core_field_exists(amd64->di))
		return n == 1 ? BPF_CORE_READ(amd64, di) : n == 2 ? BPF_CORE_READ(amd64, si) : BPF_CORE_READ(amd64, dx);
	return n == 1   ? BPF_CORE_READ(arm64, regs[0])
	       : n == 2 ? BPF_CORE_READ(arm64, regs[1])
			: BPF_CORE_READ(arm64, regs[2]);
}

/* What a function returned. */
static __always_inline __u64 returned(struct pt_regs *ctx)
{
	struct pt_regs___amd64 *amd64 = (void *)ctx;
	struct pt_regs___arm64 *arm64 = (void *)ctx;

	return bpf_core_field_exists(amd64->ax) ? BPF_CORE_READ(amd64, ax) : BPF_CORE_READ(arm64, regs[0]);
}

struct call_key {
	__u64 stack; /* pointer at the return */
	__u64 function;
};

struct call {
	void *subject; /* packet or socket */
	void *argument;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH); /* a return may be missed */
	__uint(max_entries, 4096);
	__type(key, struct call_key);
	__type(value, struct call);
} drop_calls SEC(".maps");

static __always_inline void enter_call(struct pt_regs *ctx, void *subject, void *argument)
{
	struct pt_regs___amd64 *amd64 = (void *)ctx;
	struct pt_regs___arm64 *arm64 = (void *)ctx;
	struct call call = {.subject = subject, .argument = argument};
	struct call_key key = {.function = bpf_get_func_ip(ctx)};

	/* amd64 has the return's address on the stack, which the return takes away. */
	key.stack =
		bpf_core_field_exists(amd64->di) ? BPF_CORE_READ(amd64, sp) + sizeof(__u64) : BPF_CORE_READ(arm64, sp);
	bpf_map_update_elem(&drop_calls, &key, &call, BPF_ANY);
}

/* 0 when the entry was seen. */
static __always_inline int leave_call(struct pt_regs *ctx, struct call *call)
{
	struct pt_regs___amd64 *amd64 = (void *)ctx;
	struct pt_regs___arm64 *arm64 = (void *)ctx;
	struct call_key key = {.function = bpf_get_func_ip(ctx)};
	struct call *known;

	key.stack = bpf_core_field_exists(amd64->di) ? BPF_CORE_READ(amd64, sp) : BPF_CORE_READ(arm64, sp);
	known = bpf_map_lookup_elem(&drop_calls, &key);
	if (!known)
		return -1;
	*call = *known;
	bpf_map_delete_elem(&drop_calls, &key);
	return 0;
}

#endif
