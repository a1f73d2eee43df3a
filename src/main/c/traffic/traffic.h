/* SPDX-License-Identifier: Apache-2.0 */
/* What the traffic modes share: addresses, clocks, sockets. */
#ifndef RETINA_TRAFFIC_H
#define RETINA_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 or IPv6 address with its port. */
struct target {
	struct sockaddr_storage addr;
	socklen_t len;
	int family;
};

/* Parses a numeric address; ends the program where it is none. */
struct target target_of(const char *ip, int port);

/* A socket of the target's family, connected to it; ends the program on failure. */
int connected(const struct target *to, int type);

/* A socket bound to the port on all addresses, IPv6 and IPv4; listening if it is a stream. */
int bound(int port, int type);

double now(void);
void nap(double seconds);
double cpu_seconds(void);
void receive_timeout(int fd, double seconds);
bool receive_all(int fd, void *buffer, size_t size);
bool send_all(int fd, const void *buffer, size_t size);
_Noreturn void die(const char *what);

/* Accepts for so many seconds, each connection on its own thread, then ends the program with the count. */
_Noreturn void serve(const char *mode, int port, double seconds, bool (*answer)(int fd));

int udp_send(char **args, int count);
int udp_count(char **args, int count);
int udp_sink(char **args, int count);
int tcp_serve(char **args, int count);
int tcp_churn(char **args, int count);
int tcp_send(char **args, int count);
int tcp_recv(char **args, int count);
int tcp_abort(char **args, int count);
int tcp_probe(char **args, int count);
int tcp_deaf(char **args, int count);
int tcp_hoard(char **args, int count);
int tcp_slam(char **args, int count);
int http_serve(char **args, int count);
int http_get(char **args, int count);
int dns_serve(char **args, int count);
int dns_stream(char **args, int count);
int dns_query(char **args, int count);
int dns_ask(char **args, int count);
int udp_badsum(char **args, int count);
int udp_ports(char **args, int count);
int sctp_init(char **args, int count);

#endif
