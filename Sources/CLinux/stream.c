#include "address.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

static int close_with(int fd) {
    int code = errno;
    close(fd);
    return -code;
}

static void set(int fd, int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof value);
}

/// Small messages go at once, and a peer that vanished is noticed.
static void tune(int fd) {
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

static int open_stream(const struct grepvine_address *address) {
    int family = address->family == 6 ? AF_INET6 : AF_INET;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

int grepvine_listen(const struct grepvine_address *address, int backlog) {
    int fd = open_stream(address);
    if (fd < 0) return fd;
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address->family == 6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    struct sockaddr_storage storage;
    socklen_t length = grepvine_to_kernel(address, address->family, &storage);
    if (bind(fd, (struct sockaddr *)&storage, length) < 0) return close_with(fd);
    return listen(fd, backlog) < 0 ? close_with(fd) : fd;
}

int grepvine_accept(int fd, struct grepvine_address *peer) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    int accepted;
    do accepted = accept4(fd, (struct sockaddr *)&storage, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (accepted < 0) return -errno;
    tune(accepted);
    grepvine_from_kernel(&storage, peer);
    return accepted;
}

int grepvine_connect(const struct grepvine_address *address, int *pending) {
    int fd = open_stream(address);
    if (fd < 0) return fd;
    tune(fd);
    struct sockaddr_storage storage;
    socklen_t length = grepvine_to_kernel(address, address->family, &storage);
    *pending = 0;
    if (connect(fd, (struct sockaddr *)&storage, length) == 0) return fd;
    if (errno != EINPROGRESS && errno != EINTR) return close_with(fd);
    *pending = 1;
    return fd;
}

int grepvine_connect_result(int fd) {
    int code = 0;
    socklen_t length = sizeof code;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length) < 0) return -errno;
    return -code;
}

int grepvine_local_address(int fd, struct grepvine_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &length) < 0) return -errno;
    grepvine_from_kernel(&storage, address);
    return 0;
}

int64_t grepvine_receive(int fd, void *bytes, size_t count) {
    ssize_t got;
    do got = recv(fd, bytes, count, 0);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

int64_t grepvine_send(int fd, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = send(fd, bytes, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int grepvine_shutdown_sending(int fd) { return shutdown(fd, SHUT_WR) < 0 ? -errno : 0; }

int grepvine_close(int fd) { return close(fd) < 0 ? -errno : 0; }
