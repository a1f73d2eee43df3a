/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Types only: every shape that sh.retina.bpf binds or refuses. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

typedef __u16 host_port;

enum shape_kind : __u16 {
	SHAPE_ROUND = 1,
	SHAPE_SQUARE = 65535,
};

enum shape_sign {
	SIGN_MINUS = -1,
	SIGN_PLUS = 1,
};

struct shape_header {
	__u64 time_ns;
	enum shape_kind kind;
	__u16 size;
	__u32 cpu;
};

struct shape_event {
	struct shape_header header;
	__u8 address[16];
	__u64 wide;
	__s64 balance;
	__u32 counts[3];
	__u32 number;
	host_port port;
	__u8 small;
	char name[13];
	union {
		__u32 v4;
		__u8 raw[4];
	};
	struct shape_header inner[1];
	__u32 low_bits : 4;
	__u32 high_bits : 28;
};

struct holed_part {
	__u32 first;
	__u64 second;
};

struct holed_event {
	__u8 kind;
	__u16 length;
	struct holed_part part;
	__u8 last;
};

const struct shape_event *shape_event_type SEC(".event_types");
const struct holed_event *holed_event_type SEC(".event_types");
const enum shape_sign *shape_sign_type SEC(".event_types");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
