/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What is remembered of a connection, and what is reported of it. */
#ifndef RETINA_CONNECTION_H
#define RETINA_CONNECTION_H

enum connection_stat {
	CONNECTION_STAT_ENDS = 0, /* of connections, or of attempts */
	CONNECTION_STAT_RESETS = 1, /* seen */
	CONNECTION_STAT_TABLE_FULL = 2, /* a socket had no room: its beginning is not known */
	CONNECTION_STAT_EVENTS = 3, /* submitted */
	CONNECTION_STAT_DEFERRED_EVENTS = 4, /* refused by a full ring; the next one says the same, later */
	CONNECTION_STAT_LOST_EVENTS = 5, /* refused by a full ring, and gone */
	CONNECTION_STAT_LOST_PACKETS = 6, /* segments sent, in those */
	CONNECTION_STAT_LOST_BYTES = 7,
	CONNECTION_STAT_UNWANTED = 8, /* reports between addresses that are of no interest */
	CONNECTION_STAT_COUNT = 9,
};

/* In the storage of a socket. */
struct connection {
	monotonic_ns begun_ns;
	monotonic_ns reported_ns;
	__u64 connect_ns;
	__u32 max_srtt_us; /* as the kernel keeps it: times 8 */
	enum direction direction;
	__u8 last_state;
	__u8 reset_sent;
	__u8 reset_received;
};
_Static_assert(sizeof(struct connection) == 32, "connection");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
} connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CONNECTION_STAT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} connection_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} connection_events SEC(".maps");

static __always_inline void begin(struct connection *connection, enum direction direction)
{
	struct connection fresh = {.direction = direction};

	fresh.begun_ns = bpf_ktime_get_ns();
	fresh.reported_ns = fresh.begun_ns;
	*connection = fresh; /* a socket may connect once more */
}

static __always_inline void establish(struct connection *connection, enum direction direction)
{
	monotonic_ns now = bpf_ktime_get_ns();

	/* An accepted one, or one that was connecting when this program came. */
	if (direction == DIRECTION_INGRESS || !connection->begun_ns) {
		begin(connection, direction);
		return;
	}
	connection->connect_ns = elapsed_ns(now, connection->begun_ns);
	connection->reported_ns = now;
}

static __always_inline enum tcp_outcome outcome_of(const struct connection *connection, __u8 from, int error)
{
	int got_reset = connection && connection->reset_received;

	switch (from) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		if (got_reset)
			return OUTCOME_REFUSED;
		if (error == ERROR_TIMED_OUT)
			return OUTCOME_CONNECT_TIMED_OUT;
		return error ? OUTCOME_UNREACHABLE : OUTCOME_ABANDONED;
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
	case TCP_FIN_WAIT1:
		if (got_reset)
			return OUTCOME_RESET_RECEIVED;
		/* FIN leads from here to CLOSE by way of other states only. */
		return error == ERROR_TIMED_OUT ? OUTCOME_TIMED_OUT : OUTCOME_RESET_SENT;
	default:
		if (got_reset)
			return OUTCOME_RESET_RECEIVED;
		if (connection && connection->reset_sent)
			return OUTCOME_RESET_SENT;
		return error == ERROR_TIMED_OUT ? OUTCOME_TIMED_OUT : OUTCOME_CLOSED;
	}
}

static __always_inline __u64 microseconds(__u32 us)
{
	return us * 1000ULL;
}

/* Whose connection it is; 0, and counted, where that is of no interest. */
static __always_inline int is_wanted(const struct tcp_sock *tcp, struct ends *ends)
{
	const struct sock *sk = &tcp->inet_conn.icsk_inet.sk;

	read_ends(&sk->__sk_common, sk->__sk_common.skc_family, ends);
	if (is_of_interest(&ends->local, &ends->remote, ends->ip_version))
		return 1;
	add_stat(&connection_stats, CONNECTION_STAT_UNWANTED, 1);
	return 0;
}

/* Who, and the round trips so far. */
static __always_inline void describe(struct connection_event *event, struct tcp_sock *tcp, struct ends *ends,
	const struct connection *connection, monotonic_ns now)
{
	struct sock *sk = &tcp->inet_conn.icsk_inet.sk;
	enum direction direction = connection ? connection->direction : DIRECTION_UNKNOWN;
	int is_source = direction != DIRECTION_INGRESS;
	__u32 min_rtt_us, max_srtt_us;

	/* skc_num is 0 when a closing socket has given its port back. */
	ends->local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
	__builtin_memcpy(event->source_addr, is_source ? &ends->local : &ends->remote, 16);
	__builtin_memcpy(event->destination_addr, is_source ? &ends->remote : &ends->local, 16);
	event->source_port = is_source ? ends->local_port : ends->remote_port;
	event->destination_port = is_source ? ends->remote_port : ends->local_port;
	event->protocol = IPPROTO_TCP;
	event->ip_version = ends->ip_version;
	event->direction = direction;
	event->cgroup_id = sk->sk_cgrp_data.cgroup->kn->id;
	event->network_namespace = sk->__sk_common.skc_net.net->ns.inum;
	event->rtt_ns = microseconds(tcp->srtt_us) >> 3;
	min_rtt_us = tcp->rtt_min.s[0].v;
	event->min_rtt_ns = min_rtt_us == ~0U ? 0 : microseconds(min_rtt_us);
	if (connection) {
		event->first_ns = connection->begun_ns;
		event->duration_ns = connection->begun_ns ? elapsed_ns(now, connection->begun_ns) : 0;
		max_srtt_us = connection->max_srtt_us;
		/* The hook is called once per window, and before the kernel takes that round trip over. */
		if (max_srtt_us && max_srtt_us < tcp->srtt_us)
			max_srtt_us = tcp->srtt_us;
		event->max_rtt_ns = microseconds(max_srtt_us) >> 3;
	}
}

/*
 * Nothing comes between a reservation and the question whether there was room. Verifiers such as that of 6.1 do not
 * know that it is answered already, where clang asks again.
 */
static __always_inline void report_open(struct tcp_sock *tcp, const struct connection *connection, monotonic_ns now)
{
	struct connection_event *event;
	struct ends ends = {};

	if (!is_wanted(tcp, &ends))
		return;
	event = reserve_event(&connection_events, EVENT_CONNECTION, sizeof(*event), now);
	if (!event) {
		add_stat(&connection_stats, CONNECTION_STAT_DEFERRED_EVENTS, 1);
		return;
	}
	describe(event, tcp, &ends, connection, now);
	event->tcp_state = tcp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
	event->reason = REPORT_INTERVAL;
	event->outcome = OUTCOME_OPEN;
	submit_event(event);
	add_stat(&connection_stats, CONNECTION_STAT_EVENTS, 1);
}

/* The payload that came: a FIN counts as a byte of the stream. */
static __always_inline __u64 received_bytes(const struct tcp_sock *tcp)
{
	const struct sock_common___flags *common = (void *)&tcp->inet_conn.icsk_inet.sk.__sk_common;
	__u64 bytes = tcp->bytes_received;
	__u64 got_fin = common->skc_flags >> bpf_core_enum_value(enum sock_flags___known, SOCK_DONE) & 1;

	return bytes > got_fin ? bytes - got_fin : 0;
}

static __always_inline void end(struct tcp_sock *tcp, struct connection *connection, __u8 from)
{
	const struct sock___error *socket = (void *)&tcp->inet_conn.icsk_inet.sk;
	monotonic_ns now = bpf_ktime_get_ns();
	__u64 sent = tcp->bytes_sent, again = tcp->bytes_retrans;
	struct connection_event *event;
	struct ends ends = {};

	sent = sent > again ? sent - again : 0;
	if (connection)
		connection->last_state = from;
	if (!is_wanted(tcp, &ends))
		return;
	event = reserve_event(&connection_events, EVENT_CONNECTION, sizeof(*event), now);
	if (!event) {
		add_stat(&connection_stats, CONNECTION_STAT_LOST_EVENTS, 1);
		add_stat(&connection_stats, CONNECTION_STAT_LOST_PACKETS, tcp->segs_out);
		add_stat(&connection_stats, CONNECTION_STAT_LOST_BYTES, sent);
		return;
	}
	describe(event, tcp, &ends, connection, now);
	event->packets = tcp->segs_out;
	event->bytes = sent;
	event->received_packets = tcp->segs_in;
	event->received_bytes = received_bytes(tcp);
	event->retransmissions = tcp->total_retrans;
	event->connect_ns = connection ? connection->connect_ns : 0;
	event->tcp_state = from;
	event->reason = REPORT_END;
	event->outcome = outcome_of(connection, from, socket->sk_err ? socket->sk_err : socket->sk_err_soft);
	if (!connection && from == TCP_SYN_SENT)
		event->direction = DIRECTION_EGRESS;
	submit_event(event);
	add_stat(&connection_stats, CONNECTION_STAT_EVENTS, 1);
}

#endif
