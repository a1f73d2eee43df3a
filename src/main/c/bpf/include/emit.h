/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* How an object hands events and counters to user space. Includers have <linux/bpf.h>, bpf_helpers.h and event.h. */
#ifndef RETINA_EMIT_H
#define RETINA_EMIT_H

/*
 * Keep a type in the object's BTF, where Java finds its fields by name. A type that only a local pointer mentions is
 * left out by clang, and a value type on a ring buffer makes libbpf fail; a pointer in a section that nobody loads does
 * it.
 */
#define EVENT_TYPE(name) const struct name *event_type_##name SEC(".event_types") = 0
#define EVENT_ENUM(name) const enum name *event_enum_##name SEC(".event_types") = 0

/*
 * What a function of the kernel that a program is attached to must take and return; user space compares it with the
 * kernel's BTF before that. Parameters behind those named here may be there. Of several for one function, told apart by
 * a suffix ___name, one has to match.
 */
#define SIGNATURE(function, returned, ...)                                                                             \
	typedef returned (*signature_##function)(__VA_ARGS__);                                                         \
	const signature_##function *signature_of_##function SEC(".event_types") = 0

#define SECOND_NS 1000000000ULL

/* When a report that a full ring refused is tried again: not at the next packet, nor only after a whole interval. */
#define RETRY_NS (report_interval_ns < SECOND_NS ? report_interval_ns : SECOND_NS)

#define EVENT_HEADER_ENUMS                                                                                             \
	EVENT_ENUM(event_kind);                                                                                        \
	EVENT_ENUM(report_reason)

static __always_inline void add_stat(void *stats, __u32 stat, __u64 amount)
{
	__u64 *value = bpf_map_lookup_elem(stats, &stat);

	/* Atomic, though per CPU: a sweep may run preemptible and be interrupted by a packet. */
	if (value)
		__sync_fetch_and_add(value, amount);
}

/*
 * Room in the ring, all zero but for the header: what is not filled in must not carry the last lap's bytes, which may
 * be another pod's. Null when the ring is full.
 */
static __always_inline void *reserve_event(void *ring, enum event_kind kind, const __u16 size, monotonic_ns now)
{
	struct event_header *header = bpf_ringbuf_reserve(ring, size, 0);

	if (!header)
		return 0;
	__builtin_memset(header, 0, size);
	header->time_ns = now;
	header->kind = kind;
	header->size = size;
	header->cpu = bpf_get_smp_processor_id();
	return header;
}

/* The reader polls on a timer; waking it for each event would cost more than everything else here together. */
static __always_inline void submit_event(void *event)
{
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

/* Clocks of two CPUs and of a sweep in progress: what lies in the future is zero ns ago, not 585 years. */
static __always_inline __u64 elapsed_ns(monotonic_ns now, monotonic_ns then)
{
	return (__s64)(now - then) > 0 ? now - then : 0;
}

#endif
