// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * What a reader of a ring costs in C: the same loops as RingComparison.java, over the same mapping, called once per
 * filling. Records carry a number; 1,024 of them make the keys of the table that is counted up.
 */
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUSY (1u << 31)
#define DISCARDED (1u << 30)
#define HEADER 8
#define KEYS 1024
#define SLOTS 4096

struct record {
	uint64_t number;
	uint64_t start;
};

static struct {
	uint64_t high[SLOTS];
	uint64_t low[SLOTS];
	uint64_t packets[SLOTS];
	uint64_t bytes[SLOTS];
} table;

static uint64_t stride(uint32_t header)
{
	return (HEADER + (uint64_t)(header & ~(BUSY | DISCARDED)) + 7) & ~7ull;
}

static void count(const struct record *record, uint64_t length)
{
	uint64_t high = (record->number & (KEYS - 1)) + 1, low = record->start;
	uint64_t mixed = (high * 0x9E3779B97F4A7C15ull ^ low) * 0xBF58476D1CE4E5B9ull;
	uint32_t slot = (uint32_t)(mixed ^ mixed >> 32) & (SLOTS - 1);

	while (table.high[slot] && (table.high[slot] != high || table.low[slot] != low))
		slot = (slot + 1) & (SLOTS - 1);
	table.high[slot] = high;
	table.low[slot] = low;
	table.packets[slot]++;
	table.bytes[slot] += length;
}

/* Finds the committed records as RingBuffer.drain does; the position is the caller's to move. */
uint64_t ring_scan(const uint64_t *consumer, const uint64_t *producer, const char *data, uint64_t mask)
{
	uint64_t at = *consumer, end = __atomic_load_n(producer, __ATOMIC_ACQUIRE), records = 0;

	while (at < end) {
		uint32_t header = __atomic_load_n((const uint32_t *)(data + (at & mask)), __ATOMIC_ACQUIRE);

		if (header & BUSY)
			break;
		at += stride(header);
		records += !(header & DISCARDED);
	}
	return records;
}

/* One pass: finds each record and counts it, as a reader in C would. */
uint64_t ring_aggregate(const uint64_t *consumer, const uint64_t *producer, const char *data, uint64_t mask)
{
	uint64_t at = *consumer, end = __atomic_load_n(producer, __ATOMIC_ACQUIRE), records = 0;

	while (at < end) {
		const char *place = data + (at & mask);
		uint32_t header = __atomic_load_n((const uint32_t *)place, __ATOMIC_ACQUIRE);

		if (header & BUSY)
			break;
		if (!(header & DISCARDED)) {
			count((const struct record *)(place + HEADER), header);
			records++;
		}
		at += stride(header);
	}
	return records;
}

static int on_record(void *context, void *data, size_t length)
{
	(void)context;
	count(data, length);
	return 0;
}

void *ring_libbpf_open(int fd)
{
	return ring_buffer__new(fd, on_record, NULL, NULL);
}

uint64_t ring_libbpf_consume(struct ring_buffer *ring)
{
	int records = ring_buffer__consume(ring);

	return records < 0 ? 0 : (uint64_t)records;
}

void ring_libbpf_close(struct ring_buffer *ring)
{
	ring_buffer__free(ring);
}
