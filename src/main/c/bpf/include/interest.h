/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Whose packets are looked at: those from or to an address of interest. Off unless `only_of_interest` is set, and then
 * a single load. User space writes the prefixes while the programs run (AddressesOfInterest.java): first what is new,
 * then it removes what is not wanted any more, so whoever is in the old and in the new set is never missing.
 */
#ifndef RETINA_INTEREST_H
#define RETINA_INTEREST_H

#define MAX_PREFIXES 65536

/* In .data also as it is 0. */
SEC(".data") volatile __u8 only_of_interest = 0;

/* As the kernel wants the key of a trie (struct bpf_lpm_trie_key): the length in bits, and the address. */
struct ipv4_prefix {
	__u32 length;
	__u32 address;
};

struct ipv6_prefix {
	__u32 length;
	__u32 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_PREFIXES);
	__type(key, struct ipv4_prefix);
	__type(value, __u8);
} interest_ipv4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_PREFIXES);
	__type(key, struct ipv6_prefix);
	__type(value, __u8);
} interest_ipv6 SEC(".maps");

static __always_inline int is_known(const union address *address, __u8 ip_version)
{
	struct ipv4_prefix ipv4 = {.length = 32, .address = address->words[3]};
	struct ipv6_prefix ipv6 = {.length = 128};

	if (ip_version == 4)
		return bpf_map_lookup_elem(&interest_ipv4, &ipv4) != 0;
	__builtin_memcpy(ipv6.address, address, sizeof(ipv6.address));
	return bpf_map_lookup_elem(&interest_ipv6, &ipv6) != 0;
}

/*
 * What has no address (ip_version 0) is of no interest. A global function, which the verifier walks by itself: its ways
 * would multiply those of the caller.
 */
__noinline int is_either_known(const union address *one, const union address *other, __u32 ip_version)
{
	if (!one || !other || !ip_version)
		return 0;
	return is_known(one, ip_version) || is_known(other, ip_version);
}

/* 1 where either end is, or nothing was chosen. */
static __always_inline int is_of_interest(const union address *one, const union address *other, __u8 ip_version)
{
	return !only_of_interest || is_either_known(one, other, ip_version);
}

#endif
