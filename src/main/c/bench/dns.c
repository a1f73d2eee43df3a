// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * What the dns plugin costs per packet: BPF_PROG_TEST_RUN over packets that are not DNS and over some that are.
 *   dns-bench DNS.bpf.o [ROUNDS]
 * "beyond empty" is what is left after a program that does nothing was taken off; that one is measured in each round
 * too. The ring is emptied between runs, without reading what it holds. Needs root. The kernel says whole nanoseconds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define MAX_ROUNDS 101
#define CHUNK 2000 /* runs between two drains of the ring */
#define RUNS 100000

struct frame {
	const char *name;
	unsigned char bytes[256];
	unsigned size;
	double ns[MAX_ROUNDS];
	double empty[MAX_ROUNDS];
};

static unsigned long *consumer;
static volatile unsigned long *producer;

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static double test_run(int fd, const struct frame *frame)
{
	double total = 0;

	for (int done = 0; done < RUNS; done += CHUNK) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame->bytes, .data_size_in = frame->size,
			.repeat = CHUNK);

		if (bpf_prog_test_run_opts(fd, &options))
			fail("BPF_PROG_TEST_RUN");
		total += (double)options.duration * CHUNK;
		*consumer = *producer;
	}
	return total / RUNS;
}

/* Ethernet and IP around a payload; ports of the server and of a client. */
static void make(
	struct frame *frame, const char *name, int version, int protocol, int port, const void *payload, int length)
{
	unsigned char *at = frame->bytes;
	int transport = protocol == 6 ? 32 : 8, size = transport + length;

	frame->name = name;
	at[12] = version == 4 ? 0x08 : 0x86;
	at[13] = version == 4 ? 0x00 : 0xdd;
	at += 14;
	if (version == 4) {
		at[0] = 0x45;
		at[2] = (20 + size) >> 8;
		at[3] = 20 + size;
		at[8] = 64;
		at[9] = protocol;
		memcpy(at + 12, (unsigned char[]){10, 0, 0, 1, 10, 0, 0, 2}, 8);
		at += 20;
	} else {
		at[0] = 0x60;
		at[4] = size >> 8;
		at[5] = size;
		at[6] = protocol;
		at[8] = at[24] = 0xfd;
		at[23] = 1;
		at[39] = 2;
		at += 40;
	}
	at[0] = 0x9c;
	at[1] = 0x40;
	at[2] = port >> 8;
	at[3] = port;
	if (protocol == 6) {
		at[12] = 0x80;
		at[13] = 0x10;
	} else {
		at[4] = size >> 8;
		at[5] = size;
	}
	memcpy(at + transport, payload, length);
	frame->size = at + transport + length - frame->bytes;
}

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static int load_empty(void)
{
	struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1}, {.code = BPF_JMP | BPF_EXIT}};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "empty", "GPL", code, 2, NULL);

	if (fd < 0)
		fail("load of the empty program");
	return fd;
}

static int load(const char *path)
{
	long page = sysconf(_SC_PAGESIZE);
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	int ring;

	if (!object || bpf_object__load(object))
		fail(path);
	ring = bpf_map__fd(bpf_object__find_map_by_name(object, "dns_events"));
	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
	producer = mmap(NULL, page, PROT_READ, MAP_SHARED, ring, page);
	if (consumer == MAP_FAILED || producer == MAP_FAILED)
		fail("mmap of the ring");
	return bpf_program__fd(bpf_object__find_program_by_name(object, "dns_pod_tx"));
}

int main(int argc, char **argv)
{
	/* A query for www.example.com, and the same with one address as its answer. */
	static const unsigned char query[] = "\0\7\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";
	static const unsigned char answer[] =
		"\0\7\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7";
	static const unsigned char data[100];
	static struct frame frames[6] = {{.name = "ARP", .bytes = {[12] = 0x08, 0x06}, .size = 60}};
	int rounds = argc > 2 ? atoi(argv[2]) : 9, empty, dns;

	if (argc < 2 || rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: dns-bench DNS.bpf.o [ROUNDS, at most %d]\n", MAX_ROUNDS);
		return 2;
	}
	make(&frames[1], "TCP, IPv4", 4, 6, 443, data, sizeof(data));
	make(&frames[2], "UDP, IPv4", 4, 17, 443, data, sizeof(data));
	make(&frames[3], "TCP, IPv6", 6, 6, 443, data, sizeof(data));
	make(&frames[4], "DNS query", 4, 17, 53, query, sizeof(query) - 1);
	make(&frames[5], "DNS answer", 4, 17, 53, answer, sizeof(answer) - 1);
	dns = load(argv[1]);
	empty = load_empty();
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < 6; i++) {
			frames[i].empty[round] = test_run(empty, &frames[i]);
			frames[i].ns[round] = test_run(dns, &frames[i]);
		}
	printf("%-12s %9s %9s %9s %13s\n", "packet", "min", "median", "empty", "beyond empty");
	for (int i = 0; i < 6; i++) {
		qsort(frames[i].ns, rounds, sizeof(double), ascending);
		qsort(frames[i].empty, rounds, sizeof(double), ascending);
		printf("%-12s %9.1f %9.1f %9.1f %13.1f\n", frames[i].name, frames[i].ns[0], frames[i].ns[rounds / 2],
			frames[i].empty[0], frames[i].ns[0] - frames[i].empty[0]);
	}
	return 0;
}
