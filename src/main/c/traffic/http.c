/* SPDX-License-Identifier: Apache-2.0 */
/* A threaded server for stream modes, and requests and answers of different sizes on kept connections. */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	HEAD = 512,
	BODY = 4096,
	REQUESTS_PER_CONNECTION = 20,
	ACCEPTORS = 4,
	ACCEPTORS_FOR_KEPT = 32
};

static atomic_ulong served;
static int listener;
static bool (*answer_with)(int fd);

static void *accept_and_answer(void *unused)
{
	int one = 1;

	(void)unused;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0) {
			if (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN)
				continue;
			die("accept");
		}
		receive_timeout(fd, 10);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* head and body are two writes */
		if (answer_with(fd))
			served++;
		close(fd);
	}
	return NULL;
}

static bool answer_requests(int fd);

void serve(const char *mode, int port, double seconds, bool (*answer)(int fd))
{
	int threads = answer == answer_requests ? ACCEPTORS_FOR_KEPT : ACCEPTORS;
	pthread_t id;

	answer_with = answer;
	listener = bound(port, SOCK_STREAM);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&id, NULL, accept_and_answer, NULL))
			die("pthread_create");
	nap(seconds);
	printf("{\"mode\":\"%s\",\"served\":%lu,\"cpu\":%.2f}\n", mode, served, cpu_seconds());
	fflush(stdout);
	_exit(0);
}

/* Reads up to the empty line; false at the end of the stream or when it is too long. */
static bool read_head(int fd, char *head)
{
	size_t n = 0;
	while (n < HEAD - 1 && recv(fd, head + n, 1, 0) == 1) {
		head[++n] = 0;
		if (n >= 4 && !strcmp(head + n - 4, "\r\n\r\n"))
			return true;
	}
	return false;
}

static bool answer_requests(int fd)
{
	static const char body[BODY];
	char head[HEAD];
	int item;

	while (read_head(fd, head)) {
		if (sscanf(head, "GET /item/%d ", &item) != 1 || item < 0)
			return false;
		size_t size = 200 + item * 37 % (BODY - 200);
		int n = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
		if (!send_all(fd, head, n) || !send_all(fd, body, size))
			return false;
	}
	return true;
}

int http_serve(char **args, int count)
{
	(void)count;
	serve("http-serve", atoi(args[0]), atof(args[1]), answer_requests);
}

static bool request(int fd, uint64_t item)
{
	char text[HEAD], body[BODY];
	size_t size;
	int n = snprintf(text, sizeof(text), "GET /item/%lu HTTP/1.1\r\nHost: server\r\n\r\n", item % 1000);

	return send_all(fd, text, n) && read_head(fd, text) &&
	       sscanf(text, "HTTP/1.1 200 OK\r\nContent-Length: %zu", &size) == 1 && size <= sizeof(body) &&
	       receive_all(fd, body, size);
}

int http_get(char **args, int count)
{
	(void)count;
	struct target to = target_of(args[0], atoi(args[1]));
	double rate = atof(args[2]), seconds = atof(args[3]), start = now(), t;
	uint64_t good = 0, bad = 0;
	int fd = -1;

	while ((t = now()) < start + seconds) {
		if (rate > 0 && good + bad >= (t - start) * rate) {
			nap(0.002);
			continue;
		}
		if (fd < 0) {
			fd = socket(to.family, SOCK_STREAM, 0);
			receive_timeout(fd, 2);
			if (connect(fd, (struct sockaddr *)&to.addr, to.len)) {
				bad++;
				close(fd);
				fd = -1;
				continue;
			}
		}
		bool ok = request(fd, good);
		good += ok;
		bad += !ok;
		if (!ok || good % REQUESTS_PER_CONNECTION == 0) {
			close(fd);
			fd = -1;
		}
	}
	printf("{\"mode\":\"http-get\",\"answers\":%lu,\"failed\":%lu,\"rps\":%.0f,\"cpu\":%.2f}\n", good, bad,
		good / (now() - start), cpu_seconds());
	return 0;
}
