// What Swift's Glibc module lacks or imports badly: epoll, eventfd, batched datagrams,
// prefetch, CRC32C. Header-only wrappers with plain arguments; constants are functions where the
// importer would disagree about their type.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdint.h>

/// Asks the processor to fetch the cache line that holds `address`. Never faults.
static inline void grepvine_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// CRC32C (Castagnoli) of `count` bytes, continuing from `crc` (0 to start).
uint32_t grepvine_crc32c(uint32_t crc, const void *bytes, size_t count);
