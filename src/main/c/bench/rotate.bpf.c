// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * Gives each run of BPF_PROG_TEST_RUN another packet: rewrites the frame that is there and goes on in the program under
 * measurement. What this costs is measured with `nothing` as that program.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define STEPS 16

struct step {
	__u16 flags;
	__u16 reply;
};

/* Ethernet, IPv4 without options, TCP with the usual timestamps. */
struct frame {
	struct ethhdr link;
	struct iphdr ip;
	struct tcphdr tcp;
	__u32 options[3];
} __attribute__((packed));

/* Written by user space between runs. */
__u32 flows = 1;
__u32 steps_used = 1;
__u32 run = 0;
__u32 first_flow = 0;
struct step steps[STEPS] = {};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} measured SEC(".maps");

SEC("tc")
int nothing(struct __sk_buff *skb __attribute__((unused)))
{
	return TC_ACT_UNSPEC;
}

static __always_inline int rotate_to(struct __sk_buff *skb, __u32 flow, const struct step *step)
{
	struct frame *frame = (void *)(long)skb->data;
	__u32 client = bpf_htonl(0x0a000000 + 1 + (flow >> 14)), server = bpf_htonl(0x0a400001);
	__u16 client_port = bpf_htons(20000 + (flow & 0x3fff)), server_port = bpf_htons(80);
	__u32 clock = bpf_htonl(run + 1);

	if ((void *)(frame + 1) > (void *)(long)skb->data_end)
		return TC_ACT_SHOT;
	frame->ip.saddr = step->reply ? server : client;
	frame->ip.daddr = step->reply ? client : server;
	frame->tcp.source = step->reply ? server_port : client_port;
	frame->tcp.dest = step->reply ? client_port : server_port;
	((__u8 *)&frame->tcp)[13] = step->flags;
	frame->options[1] = clock;
	bpf_tail_call(skb, &measured, step->reply);
	return TC_ACT_SHOT;
}

/* One packet of each flow in turn. */
SEC("tc")
int by_flow(struct __sk_buff *skb)
{
	__u32 flow = run++ % flows;

	return rotate_to(skb, flow, &steps[0]);
}

/* All packets of one flow, then of the next. */
SEC("tc")
int by_connection(struct __sk_buff *skb)
{
	__u32 step = run % steps_used, flow = first_flow + run / steps_used;

	run++;
	return rotate_to(skb, flow, &steps[step & (STEPS - 1)]);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
