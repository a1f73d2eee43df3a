/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that no socket would send: a wrong UDP checksum, an SCTP INIT without an SCTP stack. Needs CAP_NET_RAW. */
#define _GNU_SOURCE
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAYLOAD = 32,
	SOURCE_PORT = 40000
};

/* Sends the packet exactly so often from a raw socket of this protocol; the kernel writes the IP header. */
static void send_raw(const char *ip, int protocol, const void *packet, size_t size, uint64_t count)
{
	struct target to = target_of(ip, 0); /* IPv6 raw sockets want port 0 */
	int none = -1, fd = socket(to.family, SOCK_RAW, protocol);

	if (fd < 0)
		die("raw socket");
	if (to.family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &none, sizeof(none));
	for (uint64_t sent = 0; sent < count;) {
		if (sendto(fd, packet, size, 0, (struct sockaddr *)&to.addr, to.len) == (ssize_t)size)
			sent++;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			die("sendto");
	}
}

/* One's complement sum of 16-bit words (RFC 1071). */
static uint32_t add_words(uint32_t sum, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += p[i] << 8 | p[i + 1];
	return sum;
}

/* The address that the kernel will send from. */
static uint32_t add_source(uint32_t sum, const struct target *to)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);
	int fd = connected(to, SOCK_DGRAM);

	if (getsockname(fd, (struct sockaddr *)&own, &len))
		die("getsockname");
	return to->family == AF_INET ? add_words(sum, &((struct sockaddr_in *)&own)->sin_addr, 4)
				     : add_words(sum, &((struct sockaddr_in6 *)&own)->sin6_addr, 16);
}

/* The right sum with its lowest bit turned over: wrong for certain. */
int udp_badsum(char **args, int count)
{
	(void)count;
	struct target to = target_of(args[0], atoi(args[1]));
	uint64_t n = strtoull(args[2], NULL, 10);
	struct {
		struct udphdr head;
		char payload[PAYLOAD];
	} packet = {.head = {.source = htons(SOURCE_PORT), .dest = htons(atoi(args[1])), .len = htons(sizeof(packet))}};
	uint32_t sum = IPPROTO_UDP + sizeof(packet);

	sum = add_source(sum, &to);
	sum = to.family == AF_INET ? add_words(sum, &((struct sockaddr_in *)&to.addr)->sin_addr, 4)
				   : add_words(sum, &((struct sockaddr_in6 *)&to.addr)->sin6_addr, 16);
	sum = add_words(sum, &packet, sizeof(packet));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	uint16_t wrong = (~sum & 0xffff) ^ 1;
	packet.head.check = htons(wrong ? wrong : 2); /* 0 would mean: not summed */
	send_raw(args[0], IPPROTO_UDP, &packet, sizeof(packet), n);
	printf("{\"mode\":\"udp-badsum\",\"sent\":%lu}\n", n);
	return 0;
}

enum {
	FIRST_PORT = 1024,
	PORTS = 64000,
	PORTS_LARGEST = 1400
};

/*
 * From a raw socket, which needs no socket per port; without a checksum, as IPv4 allows (RFC 768). One by one: sendmmsg
 * would not tell of the last one whether it was made. EPERM: it was, and a firewall or conntrack dropped it.
 */
int udp_ports(char **args, int count)
{
	(void)count;
	static unsigned char packet[sizeof(struct udphdr) + PORTS_LARGEST];
	struct target to = target_of(args[0], 0);
	uint64_t n = strtoull(args[2], NULL, 10), sent = 0;
	int size = atoi(args[3]), ports = atoi(args[4]), fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);

	if (to.family != AF_INET || size < 0 || size > PORTS_LARGEST || ports < 1 || ports > PORTS)
		return 2;
	if (fd < 0 || connect(fd, (struct sockaddr *)&to.addr, to.len))
		die("raw socket");
	ssize_t length = sizeof(struct udphdr) + size;
	while (sent < n) {
		struct udphdr head = {
			.source = htons(FIRST_PORT + sent % ports), .dest = htons(atoi(args[1])), .len = htons(length)};

		memcpy(packet, &head, sizeof(head));
		if (send(fd, packet, length, 0) == length || errno == EPERM)
			sent++;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
			die("send");
	}
	printf("{\"mode\":\"udp-ports\",\"sent\":%lu}\n", sent);
	return 0;
}

/* CRC32c (RFC 9260, appendix A), bit by bit: a few packets only. */
static uint32_t crc32c(const unsigned char *p, size_t size)
{
	uint32_t crc = ~0u;
	while (size--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

int sctp_init(char **args, int count)
{
	(void)count;
	uint64_t n = strtoull(args[2], NULL, 10);
	int port = atoi(args[1]);
	/* Common header, then an INIT chunk (RFC 9260, section 3.3.2): tag 1, window 64 KiB, one stream each way. */
	unsigned char packet[] = {SOURCE_PORT >> 8, SOURCE_PORT & 0xff, port >> 8, port, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
		0, 20, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1};
	uint32_t crc = crc32c(packet, sizeof(packet));

	for (int i = 0; i < 4; i++)
		packet[8 + i] = crc >> 8 * i; /* least significant byte first */
	send_raw(args[0], IPPROTO_SCTP, packet, sizeof(packet), n);
	printf("{\"mode\":\"sctp-init\",\"sent\":%lu}\n", n);
	return 0;
}
