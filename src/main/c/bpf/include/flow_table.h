/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The flow table: one entry per connection and interface, with both of its directions.
 *
 * The key is written from the interface's point of view: `beyond` is the end that lies behind the interface, `here` the
 * other one. So both directions have one key without comparing addresses, and a packet that comes in and leaves again
 * by the same interface counts in two entries, because those are two observation points.
 *
 * An entry is used under its lock, one atomic word that nobody waits for long: a packet that cannot have it is reported
 * by itself, which keeps the sums exact. bpf_spin_lock would cost 50 ns of 206 a packet (160 with this one), and allow
 * no helper while it is held: an event would be copied out first, and put back when the ring is full. Here it simply
 * stays where it is. A packet cannot interrupt another on its CPU; a sweep in a preemptible program may be interrupted,
 * and then the packet gives up.
 *
 * Life of an entry: inserted as zeroes, claimed under its lock by the first packet, deleted by the sweep while it holds
 * the lock, so that nobody enters any more. The kernel may hand its memory to another flow while a packet on another
 * CPU still holds the pointer: hence `identity`.
 */
#ifndef RETINA_FLOW_TABLE_H
#define RETINA_FLOW_TABLE_H

/* As long as another packet may take with the entry, half a microsecond or so. */
#define LOCK_ATTEMPTS 64

enum flow_stat {
	FLOW_STAT_FRAMES = 0, /* seen = counted in flows + NOT_IP + UNSAMPLED + UNWANTED, in the interface's packets */
	FLOW_STAT_NOT_IP = 1, /* ARP and the like, and IP without a readable IP header */
	FLOW_STAT_NOT_IP_BYTES = 2,
	FLOW_STAT_UNSAMPLED = 3, /* of connections that sampling leaves out */
	FLOW_STAT_MALFORMED = 4, /* cut short; counted as a flow too if the IP header could be read */
	FLOW_STAT_TABLE_FULL = 5, /* packets reported by themselves because the table took no entry */
	FLOW_STAT_CONTENDED = 6, /* packets reported by themselves because their entry was in use */
	FLOW_STAT_EVENTS = 7, /* submitted */
	FLOW_STAT_DEFERRED_EVENTS = 8, /* refused by a full ring; their counts come with the next report */
	FLOW_STAT_LOST_EVENTS = 9, /* refused by a full ring, and their counts are gone */
	FLOW_STAT_LOST_PACKETS = 10, /* counted in those */
	FLOW_STAT_LOST_BYTES = 11,
	FLOW_STAT_UNWANTED = 12, /* between addresses that are of no interest */
	FLOW_STAT_COUNT = 13,
};

struct flow_key {
	union address beyond;
	union address here;
	host_port beyond_port; /* ICMP: type and code of the request */
	host_port here_port; /* ICMP: the side that requests */
	__u32 interface_index;
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version;
	__u8 network; /* 1: the node's network interface, 0: a pod's */
	__u8 pad[3];
};

/* What one direction counted since its last report. */
struct flow_delta {
	__u64 packets;
	__u64 bytes;
	monotonic_ns first_ns;
	__u64 rtt_ns;
	__u64 connect_ns;
	__u32 flag_counts[FLAG_COUNT];
	__u16 tcp_flags;
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 pad[4];
};

struct flow_side {
	struct flow_delta pending;
	monotonic_ns sample_ns; /* when sample_tsval went by, 0 = no sample is out */
	monotonic_ns sampled_ns; /* last completed sample */
	__u32 sample_tsval;
	__u32 newest_tsval;
	__u16 tcp_flags; /* ever seen */
	__u8 timed; /* newest_tsval is set */
	__u8 pad[5];
};

/* The head is what a sweep looks at: it fits a cache line, and most entries have nothing due. */
struct flow_entry {
	__u32 lock;
	__u32 identity; /* hash of the key, never 0 */
	monotonic_ns last_ns;
	monotonic_ns syn_ns; /* SYN that no SYN-ACK answered yet */
	monotonic_ns reported_ns[2]; /* by side, as the next four */
	__u8 pending[2]; /* there is something to report */
	__u8 seen[2]; /* reported at least once */
	__u8 first_on_node[2];
	__u8 initiator; /* side */
	__u8 initiated; /* initiator is known */
	__u8 closed;
	__u8 pad[3];
	__u32 sampling; /* rate when it was claimed: what is counted stands for so many */
	struct flow_side sides[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct flow_entry);
} flow_table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FLOW_STAT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} flow_stats SEC(".maps");

static const struct flow_entry no_entry;

/* An exchange is a full barrier on every architecture. */
static __always_inline int try_lock(struct flow_entry *entry)
{
	for (int i = 0; i < LOCK_ATTEMPTS; i++)
		if (!__sync_lock_test_and_set(&entry->lock, 1))
			return 1;
	return 0;
}

static __always_inline void unlock(struct flow_entry *entry)
{
	__sync_lock_test_and_set(&entry->lock, 0);
}

static __always_inline __u64 mix(__u64 hash)
{
	/* The finaliser of MurmurHash3, one round. */
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdULL;
	return hash ^ hash >> 33;
}

static __always_inline __u64 hash_endpoint(const union address *address, host_port port)
{
	return mix(mix(address->halves[0] + port) ^ address->halves[1]);
}

/* The same number at every interface and in both directions, so that all of them sample the same connections. */
static __always_inline __u64 hash_connection(const struct packet *packet)
{
	return mix(hash_endpoint(&packet->source, packet->source_port) +
		   hash_endpoint(&packet->destination, packet->destination_port) + packet->protocol);
}

/* Never 0: that is an entry that no packet has claimed yet. */
static __always_inline __u32 identity_of(const struct flow_key *key)
{
	__u64 ports = (__u64)key->beyond_port << 48 | (__u64)key->here_port << 32 | key->interface_index;

	return (__u32)mix(key->beyond.halves[0] + key->here.halves[0] + mix(key->beyond.halves[1] + ports) +
			  (key->here.halves[1] ^ key->protocol)) |
	       1;
}

/* An ICMP reply's request, so that both are one flow; other types are their own. */
static __always_inline __u8 icmp_request_of(const struct packet *packet)
{
	__u8 type = packet->icmp_type;

	if (packet->ip_version == 6)
		return type == ICMPV6_ECHO_REPLY ? ICMPV6_ECHO_REQUEST : type;
	switch (type) {
	case ICMP_ECHO_REPLY:
		return ICMP_ECHO_REQUEST;
	case ICMP_TIMESTAMP_REPLY:
	case ICMP_INFO_REPLY:
	case ICMP_ADDRESS_REPLY:
		return type - 1;
	default:
		return type;
	}
}

static __always_inline int is_icmp(__u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static __always_inline void key_of(
	const struct packet *packet, __u32 interface_index, enum side side, __u8 network, struct flow_key *key)
{
	key->beyond = side == SIDE_IN ? packet->source : packet->destination;
	key->here = side == SIDE_IN ? packet->destination : packet->source;
	key->beyond_port = side == SIDE_IN ? packet->source_port : packet->destination_port;
	key->here_port = side == SIDE_IN ? packet->destination_port : packet->source_port;
	key->interface_index = interface_index;
	key->vlan = packet->vlan;
	key->protocol = packet->protocol;
	key->ip_version = packet->ip_version;
	key->network = network;
	if (is_icmp(packet->protocol)) {
		__u8 request = icmp_request_of(packet);

		key->beyond_port = request << 8 | packet->icmp_code;
		key->here_port = request == packet->icmp_type ? side : !side;
	}
}

#endif
