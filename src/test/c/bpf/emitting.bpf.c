/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Emits a known number of records and keeps maps of each kind that sh.retina.bpf reads. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#define EMPTY_LENGTH 24

const volatile __u32 events_per_run = 1;
const volatile __u32 discard_every = 0; /* 0 = none */
const volatile __u8 colour = 0;
const volatile __u16 shade = 0;
const volatile __u64 start_number = 0;
const volatile __u8 address[16] = {};

struct emitted_event {
	__u64 number;
	__u64 start;
	__u16 shade;
	__u8 colour;
	__u8 pad[5];
	__u8 address[16];
};
const struct emitted_event *emitted_event_type SEC(".event_types");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct counters {
	__u64 runs;
	__u64 lost;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct counters);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} squares SEC(".maps");

struct emission {
	__u32 wanted;
	__u32 made;
};

struct progress {
	__u64 lost;
};

static int emit_one(__u32 index, struct progress *progress)
{
	struct emitted_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		progress->lost++;
		return 0;
	}
	event->number = index;
	event->start = start_number;
	event->shade = shade;
	event->colour = colour;
	__builtin_memset(event->pad, 0, sizeof(event->pad));
	for (int i = 0; i < 16; i++)
		event->address[i] = address[i];
	if (discard_every && index % discard_every == 0)
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

static int handle_run(__u32 wanted)
{
	__u32 first = 0;
	struct progress progress = {};
	struct counters *counted = bpf_map_lookup_elem(&counts, &first);

	if (!counted)
		return 0;
	counted->runs++;
	bpf_loop(wanted, emit_one, &progress, 0);
	counted->lost += progress.lost;
	return wanted;
}

SEC("tc")
int on_ingress(struct __sk_buff *skb)
{
	(void)skb;
	handle_run(events_per_run);
	return -1; /* TC_ACT_UNSPEC: let what follows decide */
}

SEC("tc")
int on_egress(struct __sk_buff *skb)
{
	(void)skb;
	handle_run(events_per_run);
	return -1;
}

SEC("syscall")
int on_demand(struct emission *emission)
{
	emission->made = handle_run(emission->wanted);
	return 7;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
