/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name server and its clients (RFC 1035, section 4). It knows hostN.test; slowN.test, after SLOW seconds; and
 * bigN.test, whose answer fits into no datagram. failN.test is SERVFAIL, all else NXDOMAIN.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MESSAGE = 512,
	STREAM_MESSAGE = 4096,
	HEADER = 12,
	TYPE_A = 1,
	TYPE_AAAA = 28,
	SERVFAIL = 2,
	NXDOMAIN = 3,
	TRUNCATED = 2,
	BIG_ANSWERS = 60,
	BATCH = 3 /* queries that a client writes at once */
};

#define SLOW 0.03

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

/* The number in a name such as host7.test., -1 = it is no such name. */
static int number_of(const char *name, const char *prefix)
{
	char format[32];
	unsigned number;
	int end = 0;

	snprintf(format, sizeof(format), "%s%%u.test.%%n", prefix);
	return sscanf(name, format, &number, &end) == 1 && end && !name[end] ? (int)(number & 0x7fff) : -1;
}

/* Turns a query into its answer in place; returns the answer's size, 0 = none. The buffer holds STREAM_MESSAGE bytes.
 */
static int answer(unsigned char *message, int size, bool stream)
{
	char name[256];
	int after, host, slow, big, number, answers;

	if (size < HEADER || message[2] & 0x80 || message[4] || message[5] != 1)
		return 0;
	after = read_name(message, size, name, sizeof(name));
	if (!after)
		return 0;
	int type = message[after] << 8 | message[after + 1];
	host = number_of(name, "host");
	slow = number_of(name, "slow");
	big = number_of(name, "big");
	number = host >= 0 ? host : slow >= 0 ? slow : big;
	if (slow >= 0)
		nap(SLOW);
	message[2] = 0x84 | (message[2] & 1); /* answer, authoritative */
	message[3] = number >= 0 ? 0 : number_of(name, "fail") >= 0 ? SERVFAIL : NXDOMAIN;
	memset(message + 6, 0, 6);
	size = after + 4;
	answers = number < 0 || (type != TYPE_A && type != TYPE_AAAA) ? 0 : big < 0 ? 1 : BIG_ANSWERS;
	if (big >= 0 && !stream) {
		message[2] |= TRUNCATED;
		answers = 0;
	}
	message[7] = answers;
	for (int i = 0; i < answers; i++)
		size += put_answer(message + size, type, number + i);
	return size;
}

int dns_serve(char **args, int count)
{
	(void)count;
	unsigned char message[STREAM_MESSAGE];
	struct sockaddr_storage from;
	uint64_t answers = 0;
	int fd = bound(atoi(args[0]), SOCK_DGRAM);
	double end = now() + atof(args[1]);

	receive_timeout(fd, 0.2);
	while (now() < end) {
		socklen_t len = sizeof(from);
		int size = recvfrom(fd, message, MESSAGE, 0, (struct sockaddr *)&from, &len);
		size = size > 0 ? answer(message, size, false) : 0;
		if (size > 0 && sendto(fd, message, size, 0, (struct sockaddr *)&from, len) == size)
			answers++;
	}
	printf("{\"mode\":\"dns-serve\",\"answers\":%lu,\"cpu\":%.2f}\n", answers, cpu_seconds());
	return 0;
}

/* One message of a stream behind its length; 0 = there is none. */
static int receive_message(int fd, unsigned char *message)
{
	unsigned char prefix[2];

	if (!receive_all(fd, prefix, sizeof(prefix)))
		return 0;
	int size = prefix[0] << 8 | prefix[1];
	return size <= STREAM_MESSAGE && receive_all(fd, message, size) ? size : 0;
}

static bool answer_stream(int fd)
{
	unsigned char reply[2 + STREAM_MESSAGE];
	bool any = false;
	int size;

	while ((size = receive_message(fd, reply + 2)) > 0) {
		size = answer(reply + 2, size, true);
		reply[0] = size >> 8;
		reply[1] = size;
		if (!size || !send_all(fd, reply, size + 2))
			return false;
		any = true;
	}
	return any;
}

int dns_stream(char **args, int count)
{
	(void)count;
	serve("dns-stream", atoi(args[0]), atof(args[1]), answer_stream);
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

/* What a client got. */
struct tally {
	unsigned answers, truncated, codes[16];
};

static void count_answer(struct tally *tally, const unsigned char *message, int size)
{
	if (size < HEADER)
		return;
	tally->answers++;
	tally->truncated += (message[2] & TRUNCATED) != 0;
	tally->codes[message[3] & 15]++;
}

/* So many queries behind their lengths, in one segment or each length in one of its own; then their answers. */
static void ask_stream(int fd, unsigned first, unsigned n, const char *prefix, bool split, struct tally *tally)
{
	unsigned char out[2 * MESSAGE], in[STREAM_MESSAGE];
	char host[64];
	int used = 0;

	for (unsigned i = 0; i < n; i++) {
		snprintf(host, sizeof(host), "%s%u", prefix, first + i);
		int size = put_query(out + used + 2, first + i, host, (first + i) % 2 ? TYPE_AAAA : TYPE_A);
		out[used] = size >> 8;
		out[used + 1] = size;
		if (split) {
			send_all(fd, out, 2);
			nap(0.002);
			send_all(fd, out + 2, size);
		} else {
			used += size + 2;
		}
	}
	if (!split)
		send_all(fd, out, used);
	for (unsigned i = 0; i < n; i++)
		count_answer(tally, in, receive_message(fd, in));
}

int dns_ask(char **args, int count)
{
	(void)count;
	struct target to = target_of(args[0], 53);
	const char *how = args[1], *prefix = args[2];
	bool datagrams = !strcmp(how, "udp"), split = !strcmp(how, "split");
	unsigned n = atoi(args[3]), batch = !strcmp(how, "batch") ? BATCH : 1, one = 1;
	struct tally tally = {0};
	unsigned char message[MESSAGE];
	char host[64];
	int fd = connected(&to, datagrams ? SOCK_DGRAM : SOCK_STREAM);

	receive_timeout(fd, 1);
	if (!datagrams)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (unsigned i = 0; i < n; i += batch) {
		if (!datagrams) {
			ask_stream(fd, i, n - i < batch ? n - i : batch, prefix, split, &tally);
			continue;
		}
		snprintf(host, sizeof(host), "%s%u", prefix, i);
		int size = put_query(message, i, host, i % 2 ? TYPE_AAAA : TYPE_A);
		if (send(fd, message, size, 0) == size)
			count_answer(&tally, message, recv(fd, message, sizeof(message), 0));
	}
	printf("{\"mode\":\"dns-ask\",\"queries\":%u,\"answers\":%u,\"truncated\":%u,\"noerror\":%u,\"servfail\":%u,"
	       "\"nxdomain\":%u}\n",
		n, tally.answers, tally.truncated, tally.codes[0], tally.codes[SERVFAIL], tally.codes[NXDOMAIN]);
	return 0;
}
