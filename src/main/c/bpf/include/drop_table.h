/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Drops by reason, place and flow, counted without a lock (tracing programs may take none).
 *
 * Counts are added atomically and taken out by exchange, so that each is reported once, whoever takes it. An entry that
 * no drop has met for a while is first marked dead; from then on drops of its key are reported by themselves, and the
 * next sweep, a second later, deletes it. A drop that was adding while the mark was set sees it right after its
 * addition and takes out what is there, so nothing stays behind.
 */
#ifndef RETINA_DROP_TABLE_H
#define RETINA_DROP_TABLE_H

enum drop_stat {
	DROP_STAT_DROPS = 0, /* seen = counted + EXCLUDED + NOT_NETWORK + UNWANTED */
	DROP_STAT_EXCLUDED = 1, /* by their reason */
	DROP_STAT_NOT_NETWORK = 2, /* AF_UNIX, netlink */
	DROP_STAT_NOT_IP = 3, /* counted without addresses */
	DROP_STAT_TABLE_FULL = 4, /* reported by themselves because the table took no entry */
	DROP_STAT_EVENTS = 5, /* submitted */
	DROP_STAT_DEFERRED_EVENTS = 6, /* refused by a full ring; their counts come with the next report */
	DROP_STAT_LOST_EVENTS = 7, /* refused by a full ring, and their counts are gone */
	DROP_STAT_LOST_PACKETS = 8, /* counted in those */
	DROP_STAT_LOST_BYTES = 9,
	DROP_STAT_UNWANTED = 10, /* between addresses that are of no interest */
	DROP_STAT_COUNT = 11,
};

struct drop_key {
	union address source;
	union address destination;
	__u64 location;
	__u64 cgroup_id;
	__u32 reason;
	__u32 interface_index;
	__u32 network_namespace;
	host_port source_port;
	host_port destination_port;
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version;
	__u8 icmp_type;
	__u8 icmp_code;
	enum direction direction;
	enum drop_function function;
};
_Static_assert(sizeof(struct drop_key) == 72, "drop_key");

struct drop_entry {
	__u64 packets;
	__u64 bytes;
	__u64 tcp_flags;
	monotonic_ns first_ns;
	monotonic_ns reported_ns; /* 0: never */
	monotonic_ns last_ns;
	__u64 dead;
	char interface_name[16];
};

/* What an event says beyond its key. */
struct drop_report {
	__u64 packets;
	__u64 bytes;
	monotonic_ns first_ns;
	__u16 tcp_flags;
	enum report_reason reason;
	__u8 pad[5];
};

struct sweep {
	monotonic_ns now;
	__u32 entries;
	__u8 flush;
	__u8 pad[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 8192);
	__type(key, struct drop_key);
	__type(value, struct drop_entry);
} drop_table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DROP_STAT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} drop_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} drop_events SEC(".maps");

/* 0 when the event is on its way, negative when the ring is full. */
static __always_inline int emit_drop(
	const struct drop_key *key, const char *interface_name, const struct drop_report *report, monotonic_ns now)
{
	struct drop_event *event = reserve_event(&drop_events, EVENT_DROP, sizeof(*event), now);

	if (!event)
		return -1;
	__builtin_memcpy(event->source_addr, &key->source, sizeof(event->source_addr));
	__builtin_memcpy(event->destination_addr, &key->destination, sizeof(event->destination_addr));
	event->first_ns = report->first_ns;
	event->packets = report->packets;
	event->bytes = report->bytes;
	event->location = key->location;
	event->cgroup_id = key->cgroup_id;
	event->drop_reason = key->reason;
	event->interface_index = key->interface_index;
	event->network_namespace = key->network_namespace;
	__builtin_memcpy(event->interface_name, interface_name, sizeof(event->interface_name));
	event->source_port = key->source_port;
	event->destination_port = key->destination_port;
	event->tcp_flags = report->tcp_flags;
	event->vlan = key->vlan;
	event->protocol = key->protocol;
	event->ip_version = key->ip_version;
	event->icmp_type = key->icmp_type;
	event->icmp_code = key->icmp_code;
	event->direction = key->direction;
	event->function = key->function;
	event->reason = report->reason;
	submit_event(event);
	add_stat(&drop_stats, DROP_STAT_EVENTS, 1);
	return 0;
}

static __always_inline void report_drop_alone(
	const struct drop_key *key, const char *interface_name, const struct drop_report *report, monotonic_ns now)
{
	if (!emit_drop(key, interface_name, report, now))
		return;
	add_stat(&drop_stats, DROP_STAT_LOST_EVENTS, 1);
	add_stat(&drop_stats, DROP_STAT_LOST_PACKETS, report->packets);
	add_stat(&drop_stats, DROP_STAT_LOST_BYTES, report->bytes);
}

/*
 * Bytes first: who finds a packet finds its bytes. The result of the addition is used, which makes it a full barrier on
 * every architecture: the mark of death is looked at after it.
 */
static __always_inline void add_drops(struct drop_entry *entry, const struct drop_report *drops)
{
	if (drops->tcp_flags)
		__sync_fetch_and_or(&entry->tcp_flags, drops->tcp_flags);
	__sync_fetch_and_add(&entry->bytes, drops->bytes);
	if (!__sync_fetch_and_add(&entry->packets, drops->packets))
		entry->first_ns = drops->first_ns;
}

/* Takes out and reports what is pending; negative when the ring is full, and then it is pending again. */
static __always_inline int report_pending(
	const struct drop_key *key, struct drop_entry *entry, enum report_reason reason, monotonic_ns now)
{
	struct drop_report report = {.reason = reason};

	report.packets = __sync_lock_test_and_set(&entry->packets, 0);
	if (!report.packets)
		return 0;
	report.bytes = __sync_lock_test_and_set(&entry->bytes, 0);
	report.tcp_flags = __sync_lock_test_and_set(&entry->tcp_flags, 0);
	report.first_ns = entry->first_ns;
	entry->reported_ns = now;
	if (!emit_drop(key, entry->interface_name, &report, now))
		return 0;
	add_drops(entry, &report);
	entry->reported_ns = now - report_interval_ns + RETRY_NS;
	add_stat(&drop_stats, DROP_STAT_DEFERRED_EVENTS, 1);
	return -1;
}

#endif
