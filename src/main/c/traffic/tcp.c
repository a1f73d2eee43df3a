/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: short ones at a rate, one of a known size, attempts that fail, and requests on kept ones. */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	WORD = 16
};

int tcp_send(char **args, int count)
{
	(void)count;
	struct target to = target_of(args[0], atoi(args[1]));
	uint64_t wanted = strtoull(args[2], NULL, 10), sent = 0;
	static char bytes[1 << 16];
	int fd = connected(&to, SOCK_STREAM);

	while (sent < wanted) {
		size_t size = wanted - sent < sizeof(bytes) ? wanted - sent : sizeof(bytes);
		if (!send_all(fd, bytes, size))
			die("send");
		sent += size;
	}
	shutdown(fd, SHUT_WR);
	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		; /* the peer's FIN: everything has arrived */
	printf("{\"mode\":\"tcp-send\",\"bytes\":%lu}\n", sent);
	return 0;
}

int tcp_recv(char **args, int count)
{
	(void)count;
	static char bytes[1 << 16];
	uint64_t total = 0;
	ssize_t n;
	int listener = bound(atoi(args[0]), SOCK_STREAM);

	receive_timeout(listener, atof(args[1]));
	int fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	receive_timeout(fd, atof(args[1]));
	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		total += n;
	close(fd);
	printf("{\"mode\":\"tcp-recv\",\"bytes\":%lu}\n", total);
	return n < 0;
}

int tcp_abort(char **args, int count)
{
	(void)count;
	struct target to = target_of(args[0], atoi(args[1]));
	uint64_t wanted = strtoull(args[2], NULL, 10), sent = 0;
	struct linger at_once = {1, 0};
	static char bytes[1 << 16];
	int fd = connected(&to, SOCK_STREAM), unacknowledged = 1;

	while (sent < wanted) {
		size_t size = wanted - sent < sizeof(bytes) ? wanted - sent : sizeof(bytes);
		if (!send_all(fd, bytes, size))
			die("send");
		sent += size;
	}
	for (int i = 0; i < 1000 && !ioctl(fd, SIOCOUTQ, &unacknowledged) && unacknowledged; i++)
		nap(0.005); /* what the peer has not got would go with the reset */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	printf("{\"mode\":\"tcp-abort\",\"bytes\":%lu}\n", sent);
	return unacknowledged;
}

/* 1 connected, 0 refused, -1 no answer in time. */
static int attempt(const struct target *to, int timeout_ms)
{
	int error = 0, result = -1, fd = socket(to->family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(error);
	struct pollfd wait = {fd, POLLOUT, 0};

	if (fd < 0)
		die("socket");
	if (!connect(fd, (const struct sockaddr *)&to->addr, to->len))
		result = 1;
	else if (errno != EINPROGRESS)
		result = 0;
	else if (poll(&wait, 1, timeout_ms) > 0)
		result = !getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) && !error;
	close(fd);
	return result;
}

int tcp_probe(char **args, int count)
{
	struct target to = target_of(args[0], atoi(args[1]));
	long attempts = atol(args[2]);
	int timeout_ms = count > 3 ? atoi(args[3]) : 500, results[3] = {0};
	double gap = count > 4 ? atof(args[4]) / 1e3 : 0;

	for (long i = 0; i < attempts; i++) {
		results[attempt(&to, timeout_ms) + 1]++;
		nap(gap);
	}
	printf("{\"mode\":\"tcp-probe\",\"attempts\":%ld,\"unanswered\":%d,\"refused\":%d,\"connected\":%d}\n",
		attempts, results[0], results[1], results[2]);
	return 0;
}

static bool echo_word(int fd)
{
	char word[WORD];
	return receive_all(fd, word, WORD) && send_all(fd, word, WORD);
}

int tcp_serve(char **args, int count)
{
	(void)count;
	serve("tcp-serve", atoi(args[0]), atof(args[1]), echo_word);
}

struct churn {
	const struct target *to;
	double rate, seconds;
	uint64_t good, bad;
};

static bool exchange(const struct target *to)
{
	char word[WORD] = "0123456789abcde";
	struct timeval second = {1, 0};
	int one = 1, fd = socket(to->family, SOCK_STREAM, 0);

	if (fd < 0)
		return false;
	receive_timeout(fd, 1);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	bool good = !connect(fd, (const struct sockaddr *)&to->addr, to->len) && send_all(fd, word, WORD) &&
		    receive_all(fd, word, WORD);
	while (good && recv(fd, word, WORD, 0) > 0)
		; /* wait for the server's FIN, so that TIME_WAIT stays on its side */
	close(fd);
	return good;
}

static void *churn(void *argument)
{
	struct churn *c = argument;
	double start = now(), t;

	while ((t = now()) < start + c->seconds) {
		if (c->rate > 0 && c->good + c->bad >= (t - start) * c->rate)
			nap(0.0005);
		else if (exchange(c->to))
			c->good++;
		else
			c->bad++;
	}
	return NULL;
}

int tcp_churn(char **args, int count)
{
	(void)count;
	struct target to = target_of(args[0], atoi(args[1]));
	double rate = atof(args[2]), seconds = atof(args[3]);
	int threads = atoi(args[4]) < 1 ? 1 : atoi(args[4]);
	struct churn *c = calloc(threads, sizeof(*c));
	pthread_t *ids = calloc(threads, sizeof(*ids));
	uint64_t good = 0, bad = 0;

	if (!c || !ids)
		die("calloc");
	for (int i = 0; i < 100 && attempt(&to, 1000) != 1; i++)
		nap(0.05); /* until the server listens */
	double start = now();
	for (int i = 0; i < threads; i++) {
		c[i] = (struct churn){&to, rate / threads, seconds, 0, 0};
		if (pthread_create(&ids[i], NULL, churn, &c[i]))
			die("pthread_create");
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		good += c[i].good;
		bad += c[i].bad;
	}
	double t = now() - start;
	printf("{\"mode\":\"tcp-churn\",\"conns\":%lu,\"failed\":%lu,\"secs\":%.3f,\"cps\":%.0f,\"cpu\":%.2f}\n", good,
		bad, t, good / t, cpu_seconds());
	free(c);
	free(ids);
	return 0;
}

int tcp_deaf(char **args, int count)
{
	(void)count;
	int n = atoi(args[0]), refused = 0;

	for (int i = 0; i < n; i++) {
		int fd = socket(i % 2 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
		if (fd < 0)
			die("socket");
		refused += accept(fd, NULL, NULL) < 0 && errno == EINVAL;
		close(fd);
	}
	printf("{\"mode\":\"tcp-deaf\",\"refused\":%d}\n", refused);
	return 0;
}
