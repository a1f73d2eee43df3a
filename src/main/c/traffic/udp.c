/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams: at a rate, by number, and their receiver. */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SEND_BATCH = 32,
	RECEIVE_BATCH = 64,
	LARGEST = 65000
};

static int bounded_size(const char *text)
{
	int size = atoi(text);
	return size < 0 ? 0 : size > LARGEST ? LARGEST : size;
}

int udp_send(char **args, int count)
{
	struct target to = target_of(args[0], atoi(args[1]));
	double pps = atof(args[2]), seconds = atof(args[4]);
	int flows = count > 5 ? atoi(args[5]) : 1, next = 0, buffer = 4 << 20;
	static char bytes[LARGEST];
	struct iovec part = {bytes, bounded_size(args[3])};
	struct mmsghdr messages[SEND_BATCH] = {0};
	uint64_t sent = 0, errors = 0;

	flows = flows < 1 ? 1 : flows;
	int *fds = calloc(flows, sizeof(*fds));
	if (!fds)
		die("calloc");
	for (int i = 0; i < flows; i++) {
		fds[i] = connected(&to, SOCK_DGRAM);
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	}
	for (int i = 0; i < SEND_BATCH; i++) {
		messages[i].msg_hdr.msg_iov = &part;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	/* At low rates a burst would hide what a single packet costs. */
	int batch = flows > 1 || (pps > 0 && pps < 2000) ? 1 : pps > 0 && pps < 20000 ? 4 : SEND_BATCH;
	double start = now(), end = start + seconds, t;
	while ((t = now()) < end) {
		if (pps > 0 && sent + errors >= (t - start) * pps) {
			nap(0.0002);
			continue;
		}
		int n = sendmmsg(fds[next], messages, batch, 0);
		next = (next + 1) % flows;
		if (n > 0)
			sent += n;
		else
			errors++;
	}
	t = now() - start;
	printf("{\"mode\":\"udp-send\",\"sent\":%lu,\"errors\":%lu,\"secs\":%.3f,\"pps\":%.0f,\"cpu\":%.2f}\n", sent,
		errors, t, sent / t, cpu_seconds());
	free(fds);
	return 0;
}

/* Unconnected, so that an ICMP error for one datagram does not keep the next from being sent. */
int udp_count(char **args, int count)
{
	struct target to = target_of(args[0], atoi(args[1]));
	uint64_t wanted = strtoull(args[2], NULL, 10), sent = 0;
	double gap = count > 4 ? atof(args[4]) / 1e6 : 0;
	static char bytes[LARGEST];
	int size = bounded_size(args[3]), fd = socket(to.family, SOCK_DGRAM, 0);

	if (fd < 0)
		die("socket");
	while (sent < wanted) {
		if (sendto(fd, bytes, size, 0, (struct sockaddr *)&to.addr, to.len) == size || errno == EPERM)
			sent++; /* EPERM: made, and dropped by a firewall */
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			die("sendto");
		nap(gap);
	}
	printf("{\"mode\":\"udp-count\",\"sent\":%lu,\"bytes\":%lu}\n", sent, sent * size);
	return 0;
}

int udp_sink(char **args, int count)
{
	(void)count;
	static char bytes[RECEIVE_BATCH][2048];
	struct iovec parts[RECEIVE_BATCH];
	struct mmsghdr messages[RECEIVE_BATCH] = {0};
	int fd = bound(atoi(args[0]), SOCK_DGRAM), buffer = 8 << 20;
	double end = now() + atof(args[1]);
	uint64_t packets = 0, total = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	receive_timeout(fd, 0.2);
	for (int i = 0; i < RECEIVE_BATCH; i++) {
		parts[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (now() < end) {
		int n = recvmmsg(fd, messages, RECEIVE_BATCH, MSG_WAITFORONE | MSG_TRUNC, NULL);
		for (int i = 0; i < n; i++)
			total += messages[i].msg_len;
		packets += n > 0 ? n : 0;
	}
	printf("{\"mode\":\"udp-sink\",\"received\":%lu,\"bytes\":%lu,\"cpu\":%.2f}\n", packets, total, cpu_seconds());
	return 0;
}
