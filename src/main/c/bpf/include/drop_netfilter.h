/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Functions of netfilter that decide about packets, each by fentry or fexit and, where those are not to be had, by
 * kprobe and kretprobe.
 *
 * - nf_hook_slow is entered with every packet that meets a hook of netfilter. Its program only leaves a mark.
 * - nf_nat_inet_fn is called by such hooks. nftables frees a packet inside of it, so the mark is changed at its entry
 * and back at its return, unless that wants the packet dropped.
 * - __nf_conntrack_confirm is called by them too. Its program does nothing unless the verdict is NF_DROP, and then
 *   changes the mark.
 * - Without any kfree_skb, nf_hook_slow's return counts: it knows hook, device and namespace, but the skb is freed by
 *   then, so there are no addresses.
 */
#ifndef RETINA_DROP_NETFILTER_H
#define RETINA_DROP_NETFILTER_H

SIGNATURE(nf_hook_slow, int, struct sk_buff *, struct nf_hook_state *);
SIGNATURE(nf_nat_inet_fn, unsigned int, void *, struct sk_buff *, const struct nf_hook_state *);
SIGNATURE(__nf_conntrack_confirm, int, struct sk_buff *);

SEC("?fentry/nf_hook_slow")
int nf_hook_slow_entry(__u64 *ctx)
{
	struct nf_hook_state *state = (void *)ctx[1];

	mark_entry((void *)ctx[0], state->hook, bpf_get_func_ip(ctx));
	return 0;
}

SEC("?kprobe/nf_hook_slow")
int nf_hook_slow_kprobe(struct pt_regs *ctx)
{
	struct nf_hook_state *state = (void *)parameter(ctx, 2);

	mark_entry((void *)parameter(ctx, 1), BPF_CORE_READ(state, hook), bpf_get_func_ip(ctx));
	return 0;
}

static __always_inline void count_hook(
	const enum pointers pointers, struct sk_buff *skb, struct nf_hook_state *state, __u64 location)
{
	struct net_device *in = LOAD(pointers, state, in), *out = LOAD(pointers, state, out), *device = in ? in : out;
	struct drop_report drops = {.packets = 1, .first_ns = bpf_ktime_get_ns()};
	__u8 family = LOAD(pointers, state, pf);
	struct drop_mark *mark = find_mark(skb);
	struct drop_key key = {.location = location};
	struct net *net = LOAD(pointers, state, net);

	key.function = DROP_FUNCTION_IPTABLE_RULE_DROP;
	if (mark && mark->function) {
		key.function = mark->function;
		mark->skb = 0;
	}
	key.direction = direction_of_hook(LOAD(pointers, state, hook));
	key.ip_version = family == ADDRESS_FAMILY_INET ? 4 : family == ADDRESS_FAMILY_INET6 ? 6 : 0;
	if (device)
		key.interface_index = LOAD(pointers, device, ifindex);
	key.network_namespace = LOAD(pointers, net, ns.inum);
	add_stat(&drop_stats, DROP_STAT_DROPS, 1);
	count_drops(&key, device, &drops);
}

/* The two below only where kfree_skb cannot be had. */
SEC("?fexit/nf_hook_slow")
int nf_hook_slow_exit(__u64 *ctx)
{
	if ((int)ctx[4] < 0)
		count_hook(POINTERS_TYPED, (void *)ctx[0], (void *)ctx[1], bpf_get_func_ip(ctx));
	return 0;
}

SEC("?kprobe/nf_hook_slow")
int nf_hook_slow_passage(struct pt_regs *ctx)
{
	enter_call(ctx, (void *)parameter(ctx, 1), (void *)parameter(ctx, 2));
	return 0;
}

SEC("?kretprobe/nf_hook_slow")
int nf_hook_slow_return(struct pt_regs *ctx)
{
	struct call call;

	if (!leave_call(ctx, &call) && (int)returned(ctx) < 0)
		count_hook(POINTERS_RAW, call.subject, call.argument, bpf_get_func_ip(ctx));
	return 0;
}

/* NF_DROP, or NF_STOLEN with an error: dropped and freed by the hook itself (NF_DROP_REASON, since 6.7 and in Debian's
 * 6.1). */
static __always_inline int is_drop(__u64 verdict)
{
	__u32 action = verdict & VERDICT_MASK;

	return action == VERDICT_DROP || (action == VERDICT_STOLEN && (__u32)verdict >> VERDICT_ERROR_SHIFT);
}

SEC("?fentry/nf_nat_inet_fn")
int nf_nat_inet_fn_entry(__u64 *ctx)
{
	mark_verdict((void *)ctx[1], DROP_FUNCTION_IPTABLE_NAT_DROP);
	return 0;
}

SEC("?fexit/nf_nat_inet_fn")
int nf_nat_inet_fn_exit(__u64 *ctx)
{
	if (!is_drop(ctx[3]))
		unmark_verdict((void *)ctx[1]);
	return 0;
}

SEC("?kprobe/nf_nat_inet_fn")
int nf_nat_inet_fn_kprobe(struct pt_regs *ctx)
{
	void *skb = (void *)parameter(ctx, 2);

	enter_call(ctx, skb, 0);
	mark_verdict(skb, DROP_FUNCTION_IPTABLE_NAT_DROP);
	return 0;
}

SEC("?kretprobe/nf_nat_inet_fn")
int nf_nat_inet_fn_return(struct pt_regs *ctx)
{
	struct call call;

	if (!leave_call(ctx, &call) && !is_drop(returned(ctx)))
		unmark_verdict(call.subject);
	return 0;
}

SEC("?fexit/__nf_conntrack_confirm")
int nf_conntrack_confirm_exit(__u64 *ctx)
{
	if ((ctx[1] & VERDICT_MASK) == VERDICT_DROP)
		mark_verdict((void *)ctx[0], DROP_FUNCTION_CONNTRACK_ADD_DROP);
	return 0;
}

SEC("?kprobe/__nf_conntrack_confirm")
int nf_conntrack_confirm_kprobe(struct pt_regs *ctx)
{
	enter_call(ctx, (void *)parameter(ctx, 1), 0);
	return 0;
}

SEC("?kretprobe/__nf_conntrack_confirm")
int nf_conntrack_confirm_return(struct pt_regs *ctx)
{
	struct call call;

	if (!leave_call(ctx, &call) && (returned(ctx) & VERDICT_MASK) == VERDICT_DROP)
		mark_verdict(call.subject, DROP_FUNCTION_CONNTRACK_ADD_DROP);
	return 0;
}

#endif
