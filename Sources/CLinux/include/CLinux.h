// What Swift's Glibc module lacks or imports badly: epoll, eventfd, sockets with flags, batched
// datagrams, prefetch, CRC32C. Plain arguments only. A function that can fail returns -errno.
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

/// An internet address. `family` is 4 or 6; `high` and `low` hold the address bytes as they lie in
/// memory (only the first four for family 4); `port` is in host order.
struct grepvine_address {
    uint64_t high, low;
    uint32_t scope;
    uint16_t port;
    uint8_t family;
};

/// Bits of `interest` and `ready`. Hanging up is reported whether asked for or not.
static const uint32_t grepvine_readable = 1;
static const uint32_t grepvine_writable = 2;
static const uint32_t grepvine_hung_up = 4;
/// Report changes, not states: interest only.
static const uint32_t grepvine_edges = 8;
/// The peer will send no more; reported with `grepvine_edges`.
static const uint32_t grepvine_ending = 16;

struct grepvine_event {
    uint64_t token;
    uint32_t ready;
};

// epoll, level-triggered unless asked for edges.
int grepvine_poll_create(void);
int grepvine_poll_add(int poll, int fd, uint64_t token, uint32_t interest);
int grepvine_poll_modify(int poll, int fd, uint64_t token, uint32_t interest);
int grepvine_poll_remove(int poll, int fd);
/// Up to `capacity` (at most 256 in one call) events; `milliseconds` < 0 waits for ever.
int grepvine_poll_wait(int poll, struct grepvine_event *events, int capacity, int milliseconds);

// eventfd, non-blocking.
int grepvine_wakeup_create(void);
int grepvine_wakeup_signal(int fd);
int grepvine_wakeup_clear(int fd);

// TCP, non-blocking and close-on-exec.
int grepvine_listen(const struct grepvine_address *address, int backlog);
int grepvine_accept(int fd, struct grepvine_address *peer);
/// The socket; `*pending` says that the connection is still being made.
int grepvine_connect(const struct grepvine_address *address, int *pending);
/// 0 when the connection was made.
int grepvine_connect_result(int fd);
int grepvine_local_address(int fd, struct grepvine_address *address);
int64_t grepvine_receive(int fd, void *bytes, size_t count);
int64_t grepvine_send(int fd, const void *bytes, size_t count);
int grepvine_shutdown_sending(int fd);
int grepvine_close(int fd);

/// One slot of a batch: what lies in the slab at the same index.
struct grepvine_datagram {
    struct grepvine_address peer;
    uint32_t length;
    uint32_t truncated;
};

/// At most this many datagrams a call.
static const int grepvine_datagram_batch = 32;

int grepvine_datagram_bind(const struct grepvine_address *address);
/// Receives up to `count` datagrams into `slab`, one every `slot` bytes.
int grepvine_datagram_receive(
    int fd, uint8_t *slab, size_t slot, struct grepvine_datagram *datagrams, int count);
/// Sends `count` datagrams from `slab` and returns how many the kernel took. `family` is the
/// socket's own: an IPv4 peer of an IPv6 socket is mapped.
int grepvine_datagram_send(
    int fd, int family, const uint8_t *slab, size_t slot,
    const struct grepvine_datagram *datagrams, int count);

/// 0, or -1 when `text` is no numeric address.
int grepvine_address_parse(const char *text, uint16_t port, struct grepvine_address *address);
/// Writes the numeric host (without port) into `text`; `size` of at least 64 always suffices.
int grepvine_address_format(const struct grepvine_address *address, char *text, size_t size);
/// How many addresses `host` has (at most `capacity`), or the resolver's negative code. Blocks.
int grepvine_resolve(
    const char *host, uint16_t port, struct grepvine_address *addresses, int capacity);
const char *grepvine_resolve_error(int code);

/// Names the calling thread for tools such as top; at most 15 bytes.
void grepvine_name_thread(const char *name);

/// From now on the calling thread only gets what others leave of the processor.
void grepvine_lower_thread_priority(void);
