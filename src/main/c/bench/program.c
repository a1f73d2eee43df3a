// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * What packetparser costs per packet: BPF_PROG_TEST_RUN over one and many flows, and over whole connections.
 *   program ROTATE.bpf.o PACKETPARSER.bpf.o [ROUNDS]
 * `prealloc` is `high` with a table whose memory is taken at the start. All variants are loaded at once and measured in
 * turn, ROUNDS times; minimum and median are over the rounds. Rotating the packets is taken off. Needs root. The kernel
 * says whole nanoseconds per run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define MAX_ROUNDS 101
#define CHUNK 5000 /* runs between two drains of the ring */
#define CONNECTIONS 500
#define FRAME_BYTES 66
#define VARIANTS 4

enum {
	SYN = 0x02,
	SYN_ACK = 0x12,
	ACK = 0x10,
	PSH_ACK = 0x18,
	FIN_ACK = 0x11
};

struct step {
	__u16 flags;
	__u16 reply;
};

/* As in rotate.bpf.c. */
struct shared {
	__u32 *flows, *steps_used, *run, *first_flow;
	struct step *steps;
};

struct result {
	double ns[MAX_ROUNDS];
	int count;
};

struct variant {
	const char *name;
	int low;
	int preallocated;
	struct bpf_object *object;
	int sweep;
	unsigned long *consumer;
	volatile unsigned long *producer;
	unsigned long ring_bytes;
	struct result one, many, most, connection, sweeping;
	double events;
};

static const struct step CONNECTION[] = {{SYN, 0}, {SYN_ACK, 1}, {ACK, 0}, {PSH_ACK, 0}, {ACK, 1}, {PSH_ACK, 1},
	{ACK, 0}, {FIN_ACK, 0}, {FIN_ACK, 1}, {ACK, 0}};
#define PACKETS (sizeof(CONNECTION) / sizeof(CONNECTION[0]))

static struct shared shared;
static struct bpf_object *rotate;
static int by_flow, by_connection, measured;

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

/* A section's content: its initial value, or once loaded the map itself (only skeletons have libbpf map it). */
static char *content(struct bpf_map *map)
{
	size_t bytes;
	char *initial = (char *)bpf_map__initial_value(map, &bytes);
	void *mapped;

	if (bpf_map__fd(map) < 0)
		return initial;
	mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (mapped == MAP_FAILED)
		fail("mmap of a section");
	return mapped;
}

/* Where the object's global variable lies. */
static void *variable(struct bpf_object *object, const char *name)
{
	struct btf *btf = bpf_object__btf(object);

	for (int id = 1; id < (int)btf__type_cnt(btf); id++) {
		const struct btf_type *section = btf__type_by_id(btf, id);
		const char *section_name = btf__name_by_offset(btf, section->name_off);
		const struct btf_var_secinfo *item = btf_var_secinfos(section);
		struct bpf_map *map;

		if (!btf_is_datasec(section))
			continue;
		for (int i = 0; i < btf_vlen(section); i++, item++) {
			const struct btf_type *type = btf__type_by_id(btf, item->type);

			if (strcmp(btf__name_by_offset(btf, type->name_off), name))
				continue;
			bpf_object__for_each_map(map, object)
			{
				const char *suffix = strchr(bpf_map__name(map), '.');

				if (suffix && !strcmp(suffix, section_name))
					return content(map) + item->offset;
			}
		}
	}
	errno = ENOENT;
	fail(name);
	return NULL;
}

static int program(struct bpf_object *object, const char *name)
{
	struct bpf_program *found = bpf_object__find_program_by_name(object, name);

	if (!found)
		fail(name);
	return bpf_program__fd(found);
}

/* Mean nanoseconds per run. */
static double test_run(int fd, int repeat)
{
	static const unsigned char frame[FRAME_BYTES] = {[12] = 0x08,
		[14] = 0x45,
		[17] = FRAME_BYTES - 14,
		[22] = 64,
		[23] = 6,
		[46] = 0x80,
		[54] = 1,
		1,
		8,
		10};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame), .repeat = repeat);

	if (bpf_prog_test_run_opts(fd, &options))
		fail("BPF_PROG_TEST_RUN");
	return options.duration;
}

static void drain(struct variant *variant)
{
	if (!variant->consumer)
		return;
	variant->events += (*variant->producer - *variant->consumer);
	*variant->consumer = *variant->producer;
}

static void add(struct result *result, double ns)
{
	result->ns[result->count++] = ns;
}

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double least(struct result *result)
{
	qsort(result->ns, result->count, sizeof(double), ascending);
	return result->count ? result->ns[0] : 0;
}

static double middle(struct result *result)
{
	qsort(result->ns, result->count, sizeof(double), ascending);
	return result->count ? result->ns[result->count / 2] : 0;
}

static void load(struct variant *variant, const char *path)
{
	long page = sysconf(_SC_PAGESIZE);
	struct bpf_map *ring, *table;

	variant->object = bpf_object__open_file(path, NULL);
	if (!variant->object)
		fail(path);
	*(__u8 *)variable(variant->object, "aggregation_low") = variant->low;
	*(__u64 *)variable(variant->object, "closed_linger_ns") = 0;
	table = bpf_object__find_map_by_name(variant->object, "flow_table");
	if (bpf_map__set_max_entries(table, 1 << 17) ||
		(variant->preallocated &&
			bpf_map__set_map_flags(table, bpf_map__map_flags(table) & ~BPF_F_NO_PREALLOC)))
		fail("size of the table");
	if (bpf_object__load(variant->object))
		fail("load");
	variant->sweep = program(variant->object, "flow_sweep");
	ring = bpf_object__find_map_by_name(variant->object, "flow_events");
	variant->ring_bytes = bpf_map__max_entries(ring);
	variant->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(ring), 0);
	variant->producer = mmap(NULL, page, PROT_READ, MAP_SHARED, bpf_map__fd(ring), page);
	if (variant->consumer == MAP_FAILED || variant->producer == MAP_FAILED)
		fail("mmap of the ring");
}

static void select_variant(struct variant *variant)
{
	struct bpf_object *object = variant->object ? variant->object : rotate;
	int sent = program(object, variant->object ? "on_pod_tx" : "nothing");
	int received = program(object, variant->object ? "on_pod_rx" : "nothing");
	__u32 key = 0;

	if (bpf_map_update_elem(measured, &key, &sent, 0))
		fail("tail call");
	key = 1;
	if (bpf_map_update_elem(measured, &key, &received, 0))
		fail("tail call");
}

static void measure_flows(struct variant *variant, __u32 flows, struct result *result)
{
	__u32 runs = flows > 40000 ? flows : 40000;
	double total = 0;

	*shared.flows = flows;
	*shared.run = 0;
	shared.steps[0] = (struct step){ACK, 0};
	/* The first lap makes the entries. */
	for (__u32 done = 0; done < flows; done += CHUNK) {
		test_run(by_flow, CHUNK);
		drain(variant);
	}
	for (__u32 done = 0; done < runs; done += CHUNK) {
		total += test_run(by_flow, CHUNK) * CHUNK;
		drain(variant);
	}
	add(result, total / (((runs + CHUNK - 1) / CHUNK) * CHUNK));
}

static void measure_connections(struct variant *variant)
{
	double ns, swept;
	__u32 laps = 8;

	memcpy(shared.steps, CONNECTION, sizeof(CONNECTION));
	*shared.steps_used = PACKETS;
	for (__u32 lap = 0; lap < laps; lap++) {
		*shared.first_flow = 200000 + lap * CONNECTIONS;
		*shared.run = 0;
		ns = test_run(by_connection, CONNECTIONS * PACKETS) * PACKETS;
		if (lap)
			add(&variant->connection, ns);
		drain(variant);
		if (!variant->object)
			continue;
		swept = test_run(variant->sweep, 1);
		drain(variant);
		/* Less the walk over the buckets, now that they are empty. */
		swept -= test_run(variant->sweep, 1);
		if (lap)
			add(&variant->sweeping, swept / CONNECTIONS);
	}
}

static void clear(struct variant *variant)
{
	int fd = bpf_map__fd(bpf_object__find_map_by_name(variant->object, "flow_table"));
	char key[128], *from = NULL;

	while (!bpf_map_get_next_key(fd, from, key))
		bpf_map_delete_elem(fd, key);
}

static void measure(struct variant *variant)
{
	select_variant(variant);
	measure_flows(variant, 1, &variant->one);
	measure_flows(variant, 1024, &variant->many);
	measure_flows(variant, 65536, &variant->most);
	if (variant->object)
		clear(variant);
	variant->events = 0;
	measure_connections(variant);
}

static void row(struct variant *variant, const char *what, struct result *result, struct result *empty)
{
	double min = least(result), base = least(empty);

	printf("%-8s %-22s %9.1f %9.1f %12.1f %8.2f\n", variant->name, what, min, middle(result), min - base,
		base > 0 ? min / base : 0);
}

int main(int argc, char **argv)
{
	struct variant variants[VARIANTS] = {{.name = "nothing"}, {.name = "high"}, {.name = "low", .low = 1},
		{.name = "prealloc", .preallocated = 1}};
	struct variant *nothing = &variants[0];
	int rounds = argc > 3 ? atoi(argv[3]) : 9;

	if (argc < 3 || rounds < 1 || rounds > MAX_ROUNDS / 7) {
		fprintf(stderr, "usage: program ROTATE.bpf.o PACKETPARSER.bpf.o [ROUNDS, at most 14]\n");
		return 2;
	}
	libbpf_set_print(quiet);
	rotate = bpf_object__open_file(argv[1], NULL);
	if (!rotate || bpf_object__load(rotate))
		fail(argv[1]);
	by_flow = program(rotate, "by_flow");
	by_connection = program(rotate, "by_connection");
	measured = bpf_map__fd(bpf_object__find_map_by_name(rotate, "measured"));
	shared = (struct shared){variable(rotate, "flows"), variable(rotate, "steps_used"), variable(rotate, "run"),
		variable(rotate, "first_flow"), variable(rotate, "steps")};
	for (int i = 1; i < VARIANTS; i++)
		load(&variants[i], argv[2]);
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < VARIANTS; i++)
			measure(&variants[i]);
	printf("%-8s %-22s %9s %9s %12s %8s\n", "program", "ns per", "min", "median", "beyond empty", "ratio");
	for (int i = 0; i < VARIANTS; i++) {
		row(&variants[i], "packet, 1 flow", &variants[i].one, &nothing->one);
		row(&variants[i], "packet, 1,024 flows", &variants[i].many, &nothing->many);
		row(&variants[i], "packet, 65,536 flows", &variants[i].most, &nothing->most);
		row(&variants[i], "connection, 10 packets", &variants[i].connection, &nothing->connection);
		if (variants[i].object) {
			row(&variants[i], "its part of a sweep", &variants[i].sweeping, &nothing->sweeping);
			printf("%-8s %-22s %9.2f\n", variants[i].name, "ring bytes/connection",
				variants[i].events / (8.0 * CONNECTIONS));
		}
	}
	return 0;
}
