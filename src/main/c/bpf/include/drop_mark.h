/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * How a drop that a function decides and the tracepoint of the free that follows become one.
 *
 * The function's program leaves a mark on its CPU: this skb, at this hook, by this function. The tracepoint's program
 * takes it along if the skb is the same and freed because of netfilter: the reason says so or, on a kernel without
 * reasons, the place in nf_hook_slow. So only the tracepoint counts. A mark is only ever written over; what was not
 * taken means nothing for another skb.
 *
 * A CPU has a few marks, as packets' hooks nest: `reject` sends its answer, which meets hooks of its own, before the
 * packet that it answers is freed; and an interrupt brings other packets. Whoever is moved to another CPU in between,
 * or interrupted by the hooks of more packets than that, loses the mark: the drop counts all the same, without the
 * function's name.
 */
#ifndef RETINA_DROP_MARK_H
#define RETINA_DROP_MARK_H

#define FUNCTION_LENGTH 1024 /* of nf_hook_slow: about 300 bytes */

struct drop_mark {
	__u64 skb; /* an identity, not to be followed */
	__u64 hook_function; /* address of nf_hook_slow, 0: not watched */
	enum direction direction;
	enum drop_function function;
	__u8 pad[6];
};

#define DROP_MARKS 4

struct drop_marks {
	struct drop_mark marks[DROP_MARKS];
	__u64 next; /* the oldest one */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct drop_marks);
} drop_marks SEC(".maps");

static __always_inline struct drop_marks *marks_here(void)
{
	__u32 only = 0;

	return bpf_map_lookup_elem(&drop_marks, &only);
}

/* Null where this skb has none. */
static __always_inline struct drop_mark *mark_of(struct drop_marks *here, void *skb)
{
	for (int i = 0; i < DROP_MARKS; i++)
		if (here->marks[i].skb == (__u64)skb)
			return &here->marks[i];
	return 0;
}

static __always_inline struct drop_mark *find_mark(void *skb)
{
	struct drop_marks *here = marks_here();

	return here ? mark_of(here, skb) : 0;
}

/* The oldest one makes room. */
static __always_inline struct drop_mark *new_mark(struct drop_marks *here, void *skb)
{
	struct drop_mark *mark = &here->marks[here->next++ % DROP_MARKS];

	mark->skb = (__u64)skb;
	return mark;
}

static __always_inline enum direction direction_of_hook(__u8 hook)
{
	switch (hook) {
	case HOOK_PRE_ROUTING:
	case HOOK_LOCAL_IN:
	case HOOK_FORWARD: /* came in and has not gone out */
		return DIRECTION_INGRESS;
	case HOOK_LOCAL_OUT:
	case HOOK_POST_ROUTING:
		return DIRECTION_EGRESS;
	default:
		return DIRECTION_UNKNOWN;
	}
}

/* Netfilter's hooks are entered with this skb. */
static __always_inline void mark_entry(void *skb, __u8 hook, __u64 hook_function)
{
	struct drop_marks *here = marks_here();
	struct drop_mark *mark;

	if (!here)
		return;
	mark = mark_of(here, skb);
	if (!mark)
		mark = new_mark(here, skb);
	mark->hook_function = hook_function;
	mark->direction = direction_of_hook(hook);
	mark->function = DROP_FUNCTION_IPTABLE_RULE_DROP;
}

/* A function that is called by one of netfilter's hooks wants this skb dropped, or may do it by itself. */
static __always_inline void mark_verdict(void *skb, enum drop_function function)
{
	struct drop_marks *here = marks_here();
	struct drop_mark *mark;

	if (!here)
		return;
	mark = mark_of(here, skb);
	if (!mark) {
		mark = new_mark(here, skb);
		mark->hook_function = 0;
		mark->direction = DIRECTION_UNKNOWN;
	}
	mark->function = function;
}

/* That function let the skb pass. */
static __always_inline void unmark_verdict(void *skb)
{
	struct drop_mark *mark = find_mark(skb);

	if (!mark)
		return;
	if (mark->hook_function)
		mark->function = DROP_FUNCTION_IPTABLE_RULE_DROP;
	else
		mark->skb = 0;
}

/* What the mark says about the skb that is freed at `location`; the mark is gone then. */
static __always_inline enum drop_function take_mark(void *skb, __u64 location, __u32 reason, enum direction *direction)
{
	struct drop_mark *mark = find_mark(skb);

	if (!mark)
		return DROP_FUNCTION_NONE;
	mark->skb = 0;
	if (TELLS_REASON ? !IS_REASON(reason, SKB_DROP_REASON_NETFILTER_DROP)
			 : mark->hook_function && location - mark->hook_function >= FUNCTION_LENGTH)
		return DROP_FUNCTION_NONE;
	*direction = mark->direction;
	return mark->function;
}

#endif
