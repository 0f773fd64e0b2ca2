#include "address.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define BATCH 32

int grepvine_datagram_bind(const struct grepvine_address *address) {
    int family = address->family == 6 ? AF_INET6 : AF_INET;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int off = 0;
    if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    struct sockaddr_storage storage;
    socklen_t length = grepvine_to_kernel(address, address->family, &storage);
    if (bind(fd, (struct sockaddr *)&storage, length) < 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

/// Points each header at its slot of the slab and at its address.
static void prepare(
    struct mmsghdr *headers, struct iovec *vectors, struct sockaddr_storage *names,
    const uint8_t *slab, size_t slot, int count) {
    memset(headers, 0, sizeof *headers * (size_t)count);
    for (int index = 0; index < count; index++) {
        vectors[index].iov_base = (void *)(slab + slot * (size_t)index);
        vectors[index].iov_len = slot;
        headers[index].msg_hdr.msg_iov = &vectors[index];
        headers[index].msg_hdr.msg_iovlen = 1;
        headers[index].msg_hdr.msg_name = &names[index];
        headers[index].msg_hdr.msg_namelen = sizeof names[index];
    }
}

int grepvine_datagram_receive(
    int fd, uint8_t *slab, size_t slot, struct grepvine_datagram *datagrams, int count) {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_storage names[BATCH];
    if (count > BATCH) count = BATCH;
    prepare(headers, vectors, names, slab, slot, count);
    int got;
    do got = recvmmsg(fd, headers, (unsigned)count, MSG_DONTWAIT, NULL);
    while (got < 0 && errno == EINTR);
    if (got < 0) return -errno;
    for (int index = 0; index < got; index++) {
        grepvine_from_kernel(&names[index], &datagrams[index].peer);
        datagrams[index].length = headers[index].msg_len;
        datagrams[index].truncated = (headers[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    }
    return got;
}

int grepvine_datagram_send(
    int fd, int family, const uint8_t *slab, size_t slot,
    const struct grepvine_datagram *datagrams, int count) {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_storage names[BATCH];
    if (count > BATCH) count = BATCH;
    prepare(headers, vectors, names, slab, slot, count);
    for (int index = 0; index < count; index++) {
        vectors[index].iov_len = datagrams[index].length;
        headers[index].msg_hdr.msg_namelen =
            grepvine_to_kernel(&datagrams[index].peer, family, &names[index]);
    }
    int sent;
    do sent = sendmmsg(fd, headers, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}
