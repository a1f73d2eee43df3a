/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The contract between the kernel side and Java: every event that crosses a ring, and its enumerations. Nothing else.
 *
 * Java holds no offset of these structs: it binds each field by name from the BTF of the object that it loads. Widest
 * field first, explicit padding, no hole. Addresses are 16 bytes in network order, IPv4 mapped (::ffff:a.b.c.d). Ports
 * are in host order. Times are CLOCK_MONOTONIC nanoseconds. Enum values are never renumbered.
 */
#ifndef RETINA_EVENT_H
#define RETINA_EVENT_H

typedef __u64 monotonic_ns;
typedef __u16 host_port;
typedef __u8 inet6_addr[16];

enum event_kind : __u16 {
	EVENT_FLOW = 1,
	EVENT_DROP = 2,
	EVENT_DNS = 3,
	EVENT_RETRANSMIT = 4,
	EVENT_CONNECTION = 5,
	EVENT_RESET = 6,
	EVENT_PACKET = 7,
};

/* Hubble's TraceObservationPoint. */
enum observation_point : __u8 {
	POINT_UNKNOWN = 0,
	POINT_FROM_ENDPOINT = 5,
	POINT_FROM_NETWORK = 10,
	POINT_TO_NETWORK = 11,
	POINT_TO_ENDPOINT = 101,
};

enum direction : __u8 {
	DIRECTION_UNKNOWN = 0,
	DIRECTION_INGRESS = 1,
	DIRECTION_EGRESS = 2,
};

/* The kernel's function that said so, by the names that users of Retina know; NONE where no function was watched. */
enum drop_function : __u8 {
	DROP_FUNCTION_NONE = 0,
	DROP_FUNCTION_IPTABLE_RULE_DROP = 1, /* nf_hook_slow */
	DROP_FUNCTION_IPTABLE_NAT_DROP = 2, /* nf_nat_inet_fn */
	DROP_FUNCTION_CONNTRACK_ADD_DROP = 3, /* __nf_conntrack_confirm */
	DROP_FUNCTION_TCP_CONNECT_BASIC = 4, /* tcp_v4_connect, tcp_v6_connect */
	DROP_FUNCTION_TCP_ACCEPT_BASIC = 5, /* inet_csk_accept */
};

enum report_reason : __u8 {
	REPORT_PACKET = 0,
	REPORT_NEW = 1,
	REPORT_CHANGE = 2,
	REPORT_INTERVAL = 3,
	REPORT_END = 4,
	REPORT_TABLE_FULL = 5,
	REPORT_FLUSH = 6,
};

enum reply : __u8 {
	REPLY_UNKNOWN = 0,
	REPLY_NO = 1,
	REPLY_YES = 2,
};

/* Indexes of flag_counts. A SYN with an ACK counts as SYNACK and as neither of the two. */
enum tcp_flag : __u8 {
	FLAG_FIN = 0,
	FLAG_SYN = 1,
	FLAG_RST = 2,
	FLAG_PSH = 3,
	FLAG_ACK = 4,
	FLAG_URG = 5,
	FLAG_ECE = 6,
	FLAG_CWR = 7,
	FLAG_NS = 8,
	FLAG_SYNACK = 9,
	FLAG_COUNT = 10,
};

/* How a TCP connection ended, as one of its ends saw it. */
enum tcp_outcome : __u8 {
	OUTCOME_OPEN = 0, /* it has not */
	OUTCOME_CLOSED = 1, /* by FIN */
	OUTCOME_RESET_SENT = 2,
	OUTCOME_RESET_RECEIVED = 3,
	OUTCOME_TIMED_OUT = 4, /* established, and the peer answered no more */
	OUTCOME_REFUSED = 5, /* the SYN was answered by RST */
	OUTCOME_CONNECT_TIMED_OUT = 6,
	OUTCOME_UNREACHABLE = 7, /* the SYN was answered by ICMP, or could not be sent */
	OUTCOME_ABANDONED = 8, /* the process closed it before there was an answer */
};

/* What a reset met. */
enum tcp_phase : __u8 {
	PHASE_UNKNOWN = 0, /* no connection of this node */
	PHASE_HANDSHAKE = 1, /* a SYN without answer, or one to a port where nobody listens */
	PHASE_ESTABLISHED = 2,
	PHASE_CLOSING = 3, /* one end had sent its FIN */
};

struct event_header {
	monotonic_ns time_ns;
	enum event_kind kind;
	__u16 size;
	__u32 cpu;
};
_Static_assert(sizeof(struct event_header) == 16, "event_header");

/* Packets of one flow in one direction at one interface since the last report. */
struct flow_event {
	struct event_header header;
	inet6_addr source_addr;
	inet6_addr destination_addr;
	monotonic_ns first_ns; /* first packet counted here */
	__u64 packets;
	__u64 bytes; /* frame lengths, as the interface counts them */
	__u64 rtt_ns; /* the source's answer: TSval to TSecr, 0 = none */
	__u64 connect_ns; /* the same, SYN to SYN-ACK, 0 = none */
	__u32 flag_counts[10];
	__u32 interface_index;
	__u32 sampling; /* one in N connections is followed; >= 1 */
	__u16 tcp_flags; /* union of the flags of these packets */
	__u16 vlan;
	host_port source_port;
	host_port destination_port;
	__u8 protocol;
	__u8 ip_version;
	__u8 icmp_type;
	__u8 icmp_code;
	enum observation_point point;
	enum report_reason reason;
	enum reply reply;
	__u8 first_on_node; /* 1: no earlier point on this node saw these packets */
};
_Static_assert(sizeof(struct flow_event) == 152, "flow_event");

/*
 * One packet of a flow that is not sampled, reported as it passes: a flow_event of half the size. Its flags are counted
 * once each, it comes first at the time of the report, and it completes no measurement of time.
 */
struct packet_event {
	struct event_header header;
	inet6_addr source_addr;
	inet6_addr destination_addr;
	__u32 bytes;
	__u32 interface_index;
	__u16 tcp_flags;
	__u16 vlan;
	host_port source_port;
	host_port destination_port;
	__u8 protocol;
	__u8 ip_version;
	__u8 icmp_type;
	__u8 icmp_code;
	enum observation_point point;
	enum report_reason reason;
	enum reply reply;
	__u8 first_on_node;
};
_Static_assert(sizeof(struct packet_event) == 72, "packet_event");

/* Packets of one flow dropped for one reason at one place since the last report. */
struct drop_event {
	struct event_header header;
	inet6_addr source_addr;
	inet6_addr destination_addr;
	monotonic_ns first_ns;
	__u64 packets;
	__u64 bytes; /* of IP packets without link layer; of others what the kernel still holds */
	__u64 location; /* kernel address of the code that dropped */
	__u64 cgroup_id; /* of the socket that sent or was to receive, 0 = unknown */
	__u32 drop_reason; /* enum skb_drop_reason; subsystem in the upper half; 0: the kernel gave none */
	__u32 interface_index;
	__u32 network_namespace; /* inode number */
	char interface_name[16];
	host_port source_port;
	host_port destination_port;
	__u16 tcp_flags;
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version; /* 4, 6; 0 = not IP */
	__u8 icmp_type;
	__u8 icmp_code;
	enum direction direction;
	enum report_reason reason;
	enum drop_function function;
	__u8 pad[5];
};
_Static_assert(sizeof(struct drop_event) == 136, "drop_event");

/* TCP segments that a socket of this node, the source, sent again. */
struct retransmit_event {
	struct event_header header;
	inet6_addr source_addr;
	inet6_addr destination_addr;
	monotonic_ns first_ns;
	__u64 packets; /* segments */
	__u64 bytes; /* of payload */
	__u64 cgroup_id;
	__u32 sequence;
	__u32 interface_index; /* 0: sockets do not know it */
	__u32 network_namespace;
	host_port source_port;
	host_port destination_port;
	__u16 tcp_flags; /* of the segment */
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version;
	__u8 icmp_type;
	__u8 icmp_code;
	enum direction direction;
	enum report_reason reason;
	__u8 tcp_state; /* include/net/tcp_states.h */
	__u8 pad[5];
};
_Static_assert(sizeof(struct retransmit_event) == 112, "retransmit_event");

/* A TCP connection as one of its ends sees it; the source opened it. Counts are of the end that reports. */
struct connection_event {
	struct event_header header;
	inet6_addr source_addr;
	inet6_addr destination_addr;
	monotonic_ns first_ns; /* of the SYN, or of the answer to it; 0 = before this program ran */
	__u64 packets; /* segments sent; counts are 0 before the end */
	__u64 bytes; /* payload sent, without what was sent again */
	__u64 received_packets;
	__u64 received_bytes;
	__u64 duration_ns;
	__u64 connect_ns; /* from the SYN to the answer, of the end that opened it; 0 = unknown */
	__u64 rtt_ns; /* smoothed, as of now; 0 = never measured */
	__u64 min_rtt_ns; /* of the last minutes */
	__u64 max_rtt_ns; /* smoothed, of all round trips; 0 where the cgroup hook is missing */
	__u64 cgroup_id;
	__u32 retransmissions; /* segments sent again */
	__u32 interface_index;
	__u32 network_namespace;
	host_port source_port;
	host_port destination_port;
	__u16 tcp_flags;
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version;
	__u8 icmp_type;
	__u8 icmp_code;
	enum direction direction; /* egress: the source reports, ingress: the destination; unknown: the source, who need
				     not have opened it */
	enum report_reason reason; /* interval or end */
	__u8 tcp_state; /* the last one before the end */
	enum tcp_outcome outcome;
	__u8 pad[4];
};
_Static_assert(sizeof(struct connection_event) == 168, "connection_event");

/* A TCP reset from the source to the destination. Egress: this node's end sent it; ingress: it got it. */
struct reset_event {
	struct event_header header;
	inet6_addr source_addr;
	inet6_addr destination_addr;
	monotonic_ns first_ns;
	__u64 packets;
	__u64 bytes;
	__u64 cgroup_id;
	__u32 interface_index;
	__u32 network_namespace;
	host_port source_port;
	host_port destination_port;
	__u16 tcp_flags;
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version;
	__u8 icmp_type;
	__u8 icmp_code;
	enum direction direction;
	enum report_reason reason;
	__u8 tcp_state; /* 0 = no socket */
	enum tcp_phase phase;
};
_Static_assert(sizeof(struct reset_event) == 104, "reset_event");

/* A DNS message in one packet. As many of its bytes as `captured` says follow the struct, then zeroes to a multiple
 * of 8. */
struct dns_event {
	struct event_header header; /* size: with the bytes behind the struct */
	inet6_addr source_addr;
	inet6_addr destination_addr;
	__u64 cgroup_id; /* of the socket that sent, 0 = unknown */
	__u32 interface_index;
	__u16 message_length; /* as the UDP header or the length prefix over TCP says */
	__u16 captured;
	host_port source_port;
	host_port destination_port;
	__u16 tcp_flags;
	__u16 vlan;
	__u8 protocol;
	__u8 ip_version;
	__u8 icmp_type; /* 0, as icmp_code: no ICMP here */
	__u8 icmp_code;
	enum observation_point point;
	__u8 first_on_node; /* as in flow_event */
	__u8 pad[2];
};
_Static_assert(sizeof(struct dns_event) == 80, "dns_event");

#endif
