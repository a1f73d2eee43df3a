/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Connects and accepts that fail, by fexit or by kprobe and kretprobe. They drop no packet: each is an event of its
 * own, with no bytes.
 */
#ifndef RETINA_DROP_CALLS_H
#define RETINA_DROP_CALLS_H

/* Of errno.h; the C library has no headers for the bpf target. */
#define ERROR_INTERRUPTED 4
#define ERROR_AGAIN 11
#define ERROR_RESTART_SYSTEM_CALL 512

SIGNATURE(tcp_v4_connect, int, struct sock *, void *, int);
SIGNATURE(tcp_v6_connect, int, struct sock *, void *, int);
SIGNATURE(inet_csk_accept, struct sock *, struct sock *, struct proto_accept_arg *);
SIGNATURE(inet_csk_accept___by_pointer, struct sock *, struct sock *, int, int *, _Bool);

/* Where a connect was to go; the socket does not know it yet, or no more. */
static __always_inline void read_destination(
	const enum pointers pointers, struct sock *sk, void *to, struct packet *packet)
{
	struct {
		__u16 family;
		__be16 port;
		__be32 ipv4;
		union address ipv6;
	} address = {};

	if (bpf_probe_read_kernel(&address, 8, to))
		return;
	packet->destination_port = bpf_ntohs(address.port);
	if (address.family == ADDRESS_FAMILY_INET) {
		packet->ip_version = 4;
		map_ipv4(&packet->source, LOAD(pointers, sk, __sk_common.skc_rcv_saddr));
		map_ipv4(&packet->destination, address.ipv4);
	} else if (address.family == ADDRESS_FAMILY_INET6 && !bpf_probe_read_kernel(&address, sizeof(address), to)) {
		packet->ip_version = 6;
		packet->destination = address.ipv6;
	}
}

/* tcp_v6_connect hands these to tcp_v4_connect, which is watched itself. */
static __always_inline int is_ipv4_mapped(const struct packet *packet)
{
	return packet->ip_version == 6 && !packet->destination.halves[0] &&
	       packet->destination.words[2] == bpf_htonl(0xffff);
}

/* A call on a socket that failed; `location` is the function's address. */
static __always_inline void count_call(const enum pointers pointers, struct sock *sk, void *to,
	enum drop_function function, enum direction direction, __u64 location)
{
	struct drop_report drops = {.packets = 1, .first_ns = bpf_ktime_get_ns()};
	struct drop_key key = {.location = location, .function = function, .direction = direction};
	struct packet packet = {};

	read_socket(pointers, sk, &packet);
	if (to) {
		read_destination(pointers, sk, to, &packet);
	} else { /* the socket that accepts is the destination; who came is not known */
		packet.destination = packet.source;
		packet.destination_port = packet.source_port;
		packet.source = (union address){};
		packet.source_port = 0;
		if (packet.ip_version == 4)
			map_ipv4(&packet.source, 0);
	}
	if (function == DROP_FUNCTION_TCP_CONNECT_BASIC && is_ipv4_mapped(&packet))
		return;
	add_stat(&drop_stats, DROP_STAT_DROPS, 1);
	set_flow(&key, &packet);
	if (!is_of_interest(&key.source, &key.destination, key.ip_version)) {
		add_stat(&drop_stats, DROP_STAT_UNWANTED, 1);
		return;
	}
	key.network_namespace = namespace_of(pointers, 0, sk);
	key.cgroup_id = cgroup_of(pointers, sk);
	count_drops(&key, 0, &drops);
}

static __always_inline int connect_exit(__u64 *ctx)
{
	if ((int)ctx[3])
		count_call(POINTERS_TYPED, (void *)ctx[0], (void *)ctx[1], DROP_FUNCTION_TCP_CONNECT_BASIC,
			DIRECTION_EGRESS, bpf_get_func_ip(ctx));
	return 0;
}

static __always_inline int connect_return(struct pt_regs *ctx)
{
	struct call call;

	if (!leave_call(ctx, &call) && (int)returned(ctx))
		count_call(POINTERS_RAW, call.subject, call.argument, DROP_FUNCTION_TCP_CONNECT_BASIC, DIRECTION_EGRESS,
			bpf_get_func_ip(ctx));
	return 0;
}

SEC("?fexit/tcp_v4_connect")
int tcp_v4_connect_exit(__u64 *ctx)
{
	return connect_exit(ctx);
}

SEC("?kprobe/tcp_v4_connect")
int tcp_v4_connect_kprobe(struct pt_regs *ctx)
{
	enter_call(ctx, (void *)parameter(ctx, 1), (void *)parameter(ctx, 2));
	return 0;
}

SEC("?kretprobe/tcp_v4_connect")
int tcp_v4_connect_return(struct pt_regs *ctx)
{
	return connect_return(ctx);
}

SEC("?fexit/tcp_v6_connect")
int tcp_v6_connect_exit(__u64 *ctx)
{
	return connect_exit(ctx);
}

SEC("?kprobe/tcp_v6_connect")
int tcp_v6_connect_kprobe(struct pt_regs *ctx)
{
	enter_call(ctx, (void *)parameter(ctx, 1), (void *)parameter(ctx, 2));
	return 0;
}

SEC("?kretprobe/tcp_v6_connect")
int tcp_v6_connect_return(struct pt_regs *ctx)
{
	return connect_return(ctx);
}

/* Nothing waits (the socket does not block) and a signal came: no failures. */
static __always_inline int is_accept_failure(int error)
{
	return error && error != -ERROR_AGAIN && error != -ERROR_INTERRUPTED && error != -ERROR_RESTART_SYSTEM_CALL;
}

/* `argument`: where accept leaves its error. */
static __always_inline int accept_error(void *argument)
{
	struct proto_accept_arg *since_6_10 = argument;
	int error = 0;

	if (bpf_core_type_exists(struct proto_accept_arg))
		return BPF_CORE_READ(since_6_10, err);
	bpf_probe_read_kernel(&error, sizeof(error), argument);
	return error;
}

SEC("?fexit/inet_csk_accept")
int inet_csk_accept_exit(__u64 *ctx)
{
	const int is_new = bpf_core_type_exists(struct proto_accept_arg);
	__u64 accepted = 0;
	void *argument = 0;

	bpf_probe_read_kernel(&accepted, sizeof(accepted), is_new ? &ctx[2] : &ctx[4]);
	bpf_probe_read_kernel(&argument, sizeof(argument), is_new ? &ctx[1] : &ctx[2]);
	if (!accepted && is_accept_failure(accept_error(argument)))
		count_call(POINTERS_TYPED, (void *)ctx[0], 0, DROP_FUNCTION_TCP_ACCEPT_BASIC, DIRECTION_INGRESS,
			bpf_get_func_ip(ctx));
	return 0;
}

SEC("?kprobe/inet_csk_accept")
int inet_csk_accept_kprobe(struct pt_regs *ctx)
{
	void *argument =
		bpf_core_type_exists(struct proto_accept_arg) ? (void *)parameter(ctx, 2) : (void *)parameter(ctx, 3);

	enter_call(ctx, (void *)parameter(ctx, 1), argument);
	return 0;
}

SEC("?kretprobe/inet_csk_accept")
int inet_csk_accept_return(struct pt_regs *ctx)
{
	struct call call;

	if (!leave_call(ctx, &call) && !returned(ctx) && is_accept_failure(accept_error(call.argument)))
		count_call(POINTERS_RAW, call.subject, 0, DROP_FUNCTION_TCP_ACCEPT_BASIC, DIRECTION_INGRESS,
			bpf_get_func_ip(ctx));
	return 0;
}

#endif
