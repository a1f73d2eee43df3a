/* SPDX-License-Identifier: Apache-2.0 */
/* A name server that knows hostN.test, and its client (RFC 1035, section 4). */
#define _GNU_SOURCE
#include "traffic.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MESSAGE = 512,
	HEADER = 12,
	TYPE_A = 1,
	TYPE_AAAA = 28,
	NXDOMAIN = 3
};

/* Index after the question's name, its text in dots; 0 where the message is malformed. */
static int read_name(const unsigned char *message, int size, char *name, int room)
{
	int i = HEADER, out = 0;

	while (i < size && message[i]) {
		int length = message[i++];
		if (length > 63 || i + length > size || out + length + 2 > room)
			return 0;
		memcpy(name + out, message + i, length);
		out += length;
		name[out++] = '.';
		i += length;
	}
	name[out] = 0;
	return i + 5 <= size ? i + 1 : 0; /* type and class follow */
}

static int put_answer(unsigned char *at, int type, unsigned number)
{
	static const unsigned char head[] = {0xc0, HEADER, 0, 0, 0, 1, 0, 0, 0, 30, 0, 0};
	int length = type == TYPE_A ? 4 : 16;

	memcpy(at, head, sizeof(head));
	at[3] = type;
	at[11] = length;
	at += sizeof(head);
	memset(at, 0, length);
	at[0] = type == TYPE_A ? 10 : 0xfd;
	at[length - 2] = number >> 8;
	at[length - 1] = number;
	return sizeof(head) + length;
}

/* Turns a query into its answer in place; returns the answer's size, 0 = none. */
static int answer(unsigned char *message, int size)
{
	char name[256];
	unsigned number;
	int end = 0, after;

	if (size < HEADER || message[2] & 0x80 || message[4] || message[5] != 1)
		return 0;
	after = read_name(message, size, name, sizeof(name));
	if (!after)
		return 0;
	int type = message[after] << 8 | message[after + 1];
	bool known = sscanf(name, "host%u.test.%n", &number, &end) == 1 && end && !name[end];
	message[2] = 0x84 | (message[2] & 1); /* answer, authoritative */
	message[3] = known ? 0 : NXDOMAIN;
	memset(message + 6, 0, 6);
	size = after + 4;
	if (known && (type == TYPE_A || type == TYPE_AAAA)) {
		message[7] = 1;
		size += put_answer(message + size, type, number);
	}
	return size;
}

int dns_serve(char **args, int count)
{
	(void)count;
	unsigned char message[MESSAGE + 64];
	struct sockaddr_storage from;
	uint64_t answers = 0;
	int fd = bound(atoi(args[0]), SOCK_DGRAM);
	double end = now() + atof(args[1]);

	receive_timeout(fd, 0.2);
	while (now() < end) {
		socklen_t len = sizeof(from);
		int size = recvfrom(fd, message, MESSAGE, 0, (struct sockaddr *)&from, &len);
		size = size > 0 ? answer(message, size) : 0;
		if (size > 0 && sendto(fd, message, size, 0, (struct sockaddr *)&from, len) == size)
			answers++;
	}
	printf("{\"mode\":\"dns-serve\",\"answers\":%lu,\"cpu\":%.2f}\n", answers, cpu_seconds());
	return 0;
}

static int put_query(unsigned char *message, uint64_t id, const char *host, int type)
{
	int n = strlen(host), i = HEADER;

	memset(message, 0, HEADER);
	message[0] = id >> 8;
	message[1] = id;
	message[2] = 1; /* recursion desired */
	message[5] = 1; /* one question */
	message[i++] = n;
	memcpy(message + i, host, n);
	i += n;
	memcpy(message + i, "\4test\0\0\0\0\1", 10);
	message[i + 7] = type;
	return i + 10;
}

/* Waits for the answer with this id; its return code, -1 = none in time. */
static int await(int fd, uint64_t id)
{
	unsigned char message[MESSAGE];
	int n;

	while ((n = recv(fd, message, sizeof(message), 0)) > 0)
		if (n > HEADER && message[0] == (id >> 8 & 0xff) && message[1] == (id & 0xff))
			return message[3] & 15;
	return -1;
}

int dns_query(char **args, int count)
{
	struct target to = target_of(args[0], 53);
	double rate = atof(args[1]), seconds = atof(args[2]), latency = 0, start = now(), t;
	unsigned names = count > 3 ? atoi(args[3]) : 100, miss = count > 4 ? atoi(args[4]) : 0;
	uint64_t queries = 0, answers = 0, unknown = 0;
	unsigned char message[MESSAGE];
	char host[32];
	int fd = connected(&to, SOCK_DGRAM);

	names = names ? names : 1;
	receive_timeout(fd, 0.2);
	while ((t = now()) < start + seconds) {
		if (rate > 0 && queries >= (t - start) * rate) {
			nap(0.0003);
			continue;
		}
		bool absent = miss && queries % miss == miss - 1;
		snprintf(host, sizeof(host), "%s%lu", absent ? "absent" : "host", queries % names);
		int size = put_query(message, queries, host, queries % 2 ? TYPE_AAAA : TYPE_A);
		double sent = now();
		int code = send(fd, message, size, 0) == size ? await(fd, queries) : -1;
		queries++;
		if (code >= 0) {
			latency += now() - sent;
			answers++;
			unknown += code == NXDOMAIN;
		} else {
			nap(0.01);
		}
	}
	t = now() - start;
	printf("{\"mode\":\"dns-query\",\"queries\":%lu,\"answers\":%lu,\"nxdomain\":%lu,\"qps\":%.0f,\"mean_us\":%.1f,"
	       "\"cpu\":%.2f}\n",
		queries, answers, unknown, queries / t, answers ? latency / answers * 1e6 : 0, cpu_seconds());
	return 0;
}
