// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * What a flood of drops costs the sender: datagrams to a closed port over loopback, as fast as one thread can, in turns
 * without and with dropreason's program at kfree_skb. Its own network namespace; the machine's other drops count too.
 *   drops-bench DROPREASON.bpf.o [ROUNDS]
 * `with` against `without` of the same round; then the program's own time, with the kernel's accounting on. Needs root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define MAX_ROUNDS 101
#define SECONDS 0.5
#define BATCH 32
#define PORT 9

struct row {
	double values[MAX_ROUNDS];
};

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void own_network(void)
{
	struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;

	if (unshare(CLONE_NEWNET))
		fail("a network namespace");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback))
		fail("loopback");
	close(fd);
}

/* Datagrams per second. Unconnected, so that no error comes back for an earlier one. */
static double flood(int fd)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	static char bytes[64];
	struct iovec part = {bytes, sizeof(bytes)};
	struct mmsghdr messages[BATCH] = {0};
	double start = now(), end = start + SECONDS, t;
	unsigned long sent = 0;

	for (int i = 0; i < BATCH; i++) {
		messages[i].msg_hdr =
			(struct msghdr){.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &part, .msg_iovlen = 1};
	}
	while ((t = now()) < end) {
		int n = sendmmsg(fd, messages, BATCH, 0);

		if (n < 0)
			fail("sendmmsg");
		sent += n;
	}
	return sent / (t - start);
}

static double flood_with(int fd, struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach(program);
	double rate;

	if (!link)
		fail("attach");
	rate = flood(fd);
	bpf_link__destroy(link);
	return rate;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void show(const char *name, struct row *row, int rounds, const char *format)
{
	qsort(row->values, rounds, sizeof(double), ascending);
	printf("| %s |", name);
	printf(format, row->values[0]);
	printf(" /");
	printf(format, row->values[rounds / 2]);
	printf(" /");
	printf(format, row->values[rounds - 1]);
	printf(" |\n");
}

/* Datagrams that one run of the program was for, and its nanoseconds. */
static void show_program(int fd, struct bpf_program *program)
{
	struct bpf_prog_info before = {}, after = {};
	__u32 size = sizeof(before);
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);

	if (stats < 0)
		return;
	bpf_obj_get_info_by_fd(bpf_program__fd(program), &before, &size);
	flood_with(fd, program);
	size = sizeof(after);
	bpf_obj_get_info_by_fd(bpf_program__fd(program), &after, &size);
	close(stats);
	if (after.run_cnt > before.run_cnt)
		printf("\non_kfree_skb: %.0f ns a run, with what the accounting costs\n",
			(double)(after.run_time_ns - before.run_time_ns) / (after.run_cnt - before.run_cnt));
}

int main(int count, char **args)
{
	static struct row without, with, ratio;
	int rounds = count > 2 ? atoi(args[2]) : 9, fd;
	struct bpf_object *object;
	struct bpf_program *program;

	if (count < 2 || rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "drops-bench DROPREASON.bpf.o [1 to %d ROUNDS]\n", MAX_ROUNDS);
		return 2;
	}
	object = bpf_object__open_file(args[1], NULL);
	if (!object || bpf_object__load(object))
		fail("load");
	program = bpf_object__find_program_by_name(object, "on_kfree_skb");
	own_network();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || !program)
		fail("socket");
	flood(fd);
	for (int i = 0; i < rounds; i++) {
		int first = i % 2; /* who goes first changes */

		for (int turn = 0; turn < 2; turn++) {
			if (turn == first)
				without.values[i] = flood(fd);
			else
				with.values[i] = flood_with(fd, program);
		}
		ratio.values[i] = with.values[i] / without.values[i];
	}
	printf("| min / median / max over %d rounds of %.1f s | |\n|---|---|\n", rounds, SECONDS);
	show("datagrams/s, without", &without, rounds, " %.0f");
	show("datagrams/s, with dropreason", &with, rounds, " %.0f");
	show("with, of without", &ratio, rounds, " %.3f");
	show_program(fd, program);
	return 0;
}
