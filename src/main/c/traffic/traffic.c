/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small traffic generators for network namespaces: the demo, the tests and the benchmark use them. Every mode is
 * bounded by a time or a count and prints one JSON line at its end. Addresses are numeric, IPv4 or IPv6; servers listen
 * on both.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const struct mode {
	const char *name;
	const char *usage;
	int least;
	int (*run)(char **args, int count);
} modes[] = {
	{"udp-send", "IP PORT PPS SIZE SECS [FLOWS]   paced datagrams; PPS 0 = as fast as it can", 5, udp_send},
	{"udp-count", "IP PORT N SIZE [GAP_US]        exactly N datagrams, errors or not", 4, udp_count},
	{"udp-ports", "IP4 PORT N SIZE PORTS          exactly N datagrams, in turn from PORTS source ports", 5,
		udp_ports},
	{"udp-sink", "PORT SECS                       counts datagrams", 2, udp_sink},
	{"udp-badsum", "IP PORT N                     exactly N datagrams with a wrong checksum", 3, udp_badsum},
	{"tcp-serve", "PORT SECS                      16 bytes in, 16 bytes out, close", 2, tcp_serve},
	{"tcp-churn", "IP PORT CPS SECS THREADS       clients of tcp-serve; CPS 0 = as fast as they can", 5, tcp_churn},
	{"tcp-send", "IP PORT BYTES                   one connection, exactly so many bytes", 3, tcp_send},
	{"tcp-recv", "PORT SECS                       one connection, counts its bytes", 2, tcp_recv},
	{"tcp-abort", "IP PORT BYTES                  the same, ended by a reset when they have arrived", 3, tcp_abort},
	{"tcp-probe", "IP PORT N [TIMEOUT_MS [GAP_MS]] N attempts to connect; under 1 s one SYN each", 3, tcp_probe},
	{"tcp-deaf", "N                           N times accept at a socket that does not listen", 1, tcp_deaf},
	{"tcp-hoard", "PORT SECS                      listens with no room for connections, accepts none", 2,
		tcp_hoard},
	{"tcp-slam", "PORT SECS                       resets each connection after its first bytes", 2, tcp_slam},
	{"http-serve", "PORT SECS                     answers HTTP requests on kept connections", 2, http_serve},
	{"http-get", "IP PORT RPS SECS                clients of http-serve", 4, http_get},
	{"dns-serve", "PORT SECS                      A and AAAA of hostN.test and some that are special", 2,
		dns_serve},
	{"dns-stream", "PORT SECS                     the same over TCP", 2, dns_stream},
	{"dns-query", "IP QPS SECS [NAMES [MISS]]     waits for each answer; one in MISS names is unknown", 3,
		dns_query},
	{"dns-ask",
		"IP udp|tcp|split|batch NAME N    exactly N queries for NAME0.test and on; split: lengths come alone",
		4, dns_ask},
	{"sctp-init", "IP PORT N                      exactly N INIT chunks", 3, sctp_init},
};

void die(const char *what)
{
	perror(what);
	exit(1);
}

double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void nap(double seconds)
{
	if (seconds <= 0)
		return;
	struct timespec t = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
	nanosleep(&t, NULL);
}

double cpu_seconds(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

struct target target_of(const char *ip, int port)
{
	struct target to = {.family = AF_INET};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&to.addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to.addr;

	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		to.len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
		to.family = v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		to.len = sizeof(*v6);
	} else {
		fprintf(stderr, "not an IP address: %s\n", ip);
		exit(2);
	}
	return to;
}

int connected(const struct target *to, int type)
{
	int fd = socket(to->family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to->addr, to->len))
		die("connect");
	return fd;
}

int bound(int port, int type)
{
	int one = 1, zero = 0;
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	bool six = fd >= 0;

	if (!six)
		fd = socket(AF_INET, type | SOCK_CLOEXEC, 0); /* a kernel without IPv6 */
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (six ? bind(fd, (struct sockaddr *)&v6, sizeof(v6)) : bind(fd, (struct sockaddr *)&v4, sizeof(v4)))
		die("bind");
	if (type == SOCK_STREAM && listen(fd, 4096))
		die("listen");
	return fd;
}

void receive_timeout(int fd, double seconds)
{
	struct timeval t = {(time_t)seconds, (suseconds_t)((seconds - (time_t)seconds) * 1e6)};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
}

bool receive_all(int fd, void *buffer, size_t size)
{
	return recv(fd, buffer, size, MSG_WAITALL) == (ssize_t)size;
}

bool send_all(int fd, const void *buffer, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = send(fd, (const char *)buffer + done, size - done, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		done += n;
	}
	return true;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(argv[1], modes[i].name) && argc - 2 >= modes[i].least)
			return modes[i].run(argv + 2, argc - 2);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		fprintf(stderr, "traffic %s %s\n", modes[i].name, modes[i].usage);
	return 2;
}
