/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's own types, as far as we read them. CO-RE finds each field by name in the running kernel's BTF when the
 * object is loaded, so offsets, order and what else is in a struct do not matter here, and the same few lines serve
 * amd64 and arm64. A generated vmlinux.h would bring 130,000 lines, one copy per architecture, and clash with the user
 * headers that packet.h takes the wire formats from.
 *
 * Below the types, one function per thing that kernels do differently, named by what the caller wants.
 */
#ifndef RETINA_KERNEL_H
#define RETINA_KERNEL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device;

struct netdev_queue {
	struct net_device *dev;
};

struct net_device {
	char name[16];
	int ifindex;
	possible_net_t nd_net;
	struct netdev_queue *_tx;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
};

struct skb_shared_info {
	unsigned short gso_segs;
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	int skb_iif;
	__be16 vlan_proto;
	__u16 vlan_tci;
	__be16 protocol;
	__u16 network_header;
	__u16 mac_header;
	__u32 tail;
	__u32 end;
	unsigned char *head;
	unsigned char *data;
};

struct nf_hook_state {
	__u8 hook;
	__u8 pf;
	struct net_device *in;
	struct net_device *out;
	struct net *net;
};

/* Since 6.10 (commit 92ef0fd55ac8) accept's arguments are in a struct. */
struct proto_accept_arg {
	int err;
};

/* Registers at a kprobe. One object serves both machines: CO-RE finds out which it is on. */
struct pt_regs___amd64 {
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long ax;
	unsigned long sp;
};

struct pt_regs___arm64 {
	__u64 regs[31];
	__u64 sp;
};

/* Before 6.3 (commit 354259fa73e2) the tag's presence was a bit of its own, and the tag stayed behind when it was
 * taken. */
struct sk_buff___with_present {
	__u8 vlan_present : 1;
};

#pragma clang attribute pop

enum skb_drop_reason___known {
	SKB_NOT_DROPPED_YET,
	SKB_CONSUMED,
	SKB_DROP_REASON_NOT_SPECIFIED,
	SKB_DROP_REASON_NETFILTER_DROP,
};

#define IS_REASON(reason, name)                                                                                        \
	(bpf_core_enum_value_exists(enum skb_drop_reason___known, name) &&                                             \
		(reason) == (__u32)bpf_core_enum_value(enum skb_drop_reason___known, name))

/* Since 6.11 (commit c53795d48ee8) the tracepoint tells the receiving socket, which is not in the skb. */
typedef void (*btf_trace_kfree_skb___rx_sk)(
	void *context, struct sk_buff *skb, void *location, enum skb_drop_reason___known reason, struct sock *rx_sk);

/* States of sockets that are no whole struct sock (include/net/tcp_states.h). */
#define TCP_TIME_WAIT 6
#define TCP_NEW_SYN_RECV 12

/* Netfilter's hooks and verdict (include/uapi/linux/netfilter.h). */
#define HOOK_PRE_ROUTING 0
#define HOOK_LOCAL_IN 1
#define HOOK_FORWARD 2
#define HOOK_LOCAL_OUT 3
#define HOOK_POST_ROUTING 4
#define VERDICT_MASK 0xff
#define VERDICT_DROP 0
#define VERDICT_STOLEN 2
#define VERDICT_ERROR_SHIFT 16

#define ADDRESS_FAMILY_INET 2
#define ADDRESS_FAMILY_INET6 10
#define ADDRESS_FAMILY_PACKET 17

/*
 * Whether the verifier knows what a pointer points to: from a tp_btf or fexit program it does, and a plain load will
 * do; from a raw tracepoint or a kprobe it takes a helper. Always a constant where it is used, so that one of the two
 * is left.
 */
enum pointers {
	POINTERS_RAW = 0,
	POINTERS_TYPED = 1,
};

#define LOAD(pointers, from, field) ((pointers) == POINTERS_TYPED ? (from)->field : BPF_CORE_READ(from, field))

static __always_inline __u16 vlan_of(const enum pointers pointers, struct sk_buff *skb)
{
	struct sk_buff___with_present *old = (void *)skb;

	if (bpf_core_field_exists(old->vlan_present)) {
		if (pointers == POINTERS_TYPED ? !BPF_CORE_READ_BITFIELD(old, vlan_present)
					       : !BPF_CORE_READ_BITFIELD_PROBED(old, vlan_present))
			return 0;
	} else if (!LOAD(pointers, skb, vlan_proto)) {
		return 0;
	}
	return LOAD(pointers, skb, vlan_tci) & 0x0fff;
}

/*
 * The device, or null. skb->dev shares its bytes with other things while an skb waits in a socket (dev_scratch of UDP,
 * the red-black tree of TCP's out-of-order queue), so what it points to is believed only if it points back.
 */
static __always_inline struct net_device *device_of(const enum pointers pointers, struct sk_buff *skb)
{
	struct net_device *device = LOAD(pointers, skb, dev);
	struct netdev_queue *queue;

	if (!device)
		return 0;
	queue = LOAD(pointers, device, _tx);
	return queue && LOAD(pointers, queue, dev) == device ? device : 0;
}

static __always_inline __u32 namespace_of(const enum pointers pointers, struct net_device *device, struct sock *sk)
{
	struct net *net = 0;

	if (device)
		net = LOAD(pointers, device, nd_net.net);
	else if (sk)
		net = LOAD(pointers, sk, __sk_common.skc_net.net);
	return net ? LOAD(pointers, net, ns.inum) : 0;
}

static __always_inline __u64 cgroup_of(const enum pointers pointers, struct sock *sk)
{
	return pointers == POINTERS_TYPED ? sk->sk_cgrp_data.cgroup->kn->id
					  : BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
}

/* The socket that sent or was to receive it, if it is a whole one with a family that speaks to the network. */
static __always_inline struct sock *socket_of(const enum pointers pointers, struct sock *sk)
{
	__u8 state;

	if (!sk)
		return 0;
	state = LOAD(pointers, sk, __sk_common.skc_state);
	if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV)
		return 0;
	switch (LOAD(pointers, sk, __sk_common.skc_family)) {
	case ADDRESS_FAMILY_INET:
	case ADDRESS_FAMILY_INET6:
	case ADDRESS_FAMILY_PACKET:
		return sk;
	default:
		return 0;
	}
}

/* Since 5.17 (commit c504e5c2f964) the tracepoint tells the reason. */
#define TELLS_REASON bpf_core_type_exists(enum skb_drop_reason___known)

#if __clang_major__ >= 16
#define TELLS_RECEIVING_SOCKET bpf_core_type_matches(btf_trace_kfree_skb___rx_sk)
#else
#define TELLS_RECEIVING_SOCKET 0 /* clang 15 cannot ask whether a type matches */
#endif

#endif
