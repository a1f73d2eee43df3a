/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that are ill. */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Listens with the smallest queue and never accepts. */
int tcp_hoard(char **args, int count)
{
	(void)count;
	int fd = bound(atoi(args[0]), SOCK_STREAM);

	if (listen(fd, 0))
		die("listen");
	nap(atof(args[1]));
	close(fd);
	return 0;
}

/* Takes connections and resets each when its first bytes are there. */
int tcp_slam(char **args, int count)
{
	(void)count;
	struct linger at_once = {1, 0};
	int listener = bound(atoi(args[0]), SOCK_STREAM);
	double end = now() + atof(args[1]);
	char byte;

	receive_timeout(listener, atof(args[1]));
	while (now() < end) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			break;
		receive_timeout(fd, 1);
		if (recv(fd, &byte, 1, MSG_PEEK) < 0)
			perror("recv");
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fd);
	}
	close(listener);
	return 0;
}
