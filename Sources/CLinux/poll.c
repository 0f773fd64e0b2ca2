#include "CLinux.h"
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH 256

static uint32_t to_kernel(uint32_t interest) {
    return (interest & grepvine_readable ? (uint32_t)EPOLLIN : 0)
        | (interest & grepvine_writable ? (uint32_t)EPOLLOUT : 0)
        | (interest & grepvine_edges ? (uint32_t)(EPOLLET | EPOLLRDHUP) : 0);
}

static uint32_t from_kernel(uint32_t events) {
    return (events & EPOLLIN ? grepvine_readable : 0) | (events & EPOLLOUT ? grepvine_writable : 0)
        | (events & EPOLLRDHUP ? grepvine_ending : 0)
        | (events & (EPOLLHUP | EPOLLERR) ? grepvine_hung_up : 0);
}

static int control(int poll, int operation, int fd, uint64_t token, uint32_t interest) {
    struct epoll_event event = {.events = to_kernel(interest), .data.u64 = token};
    return epoll_ctl(poll, operation, fd, &event) < 0 ? -errno : 0;
}

int grepvine_poll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int grepvine_poll_add(int poll, int fd, uint64_t token, uint32_t interest) {
    return control(poll, EPOLL_CTL_ADD, fd, token, interest);
}

int grepvine_poll_modify(int poll, int fd, uint64_t token, uint32_t interest) {
    return control(poll, EPOLL_CTL_MOD, fd, token, interest);
}

int grepvine_poll_remove(int poll, int fd) { return control(poll, EPOLL_CTL_DEL, fd, 0, 0); }

int grepvine_poll_wait(int poll, struct grepvine_event *events, int capacity, int milliseconds) {
    struct epoll_event batch[BATCH];
    int count = epoll_wait(poll, batch, capacity < BATCH ? capacity : BATCH, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) {
        events[index].token = batch[index].data.u64;
        events[index].ready = from_kernel(batch[index].events);
    }
    return count;
}

int grepvine_wakeup_create(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int grepvine_wakeup_signal(int fd) {
    uint64_t one = 1;
    ssize_t written;
    do written = write(fd, &one, sizeof one);
    while (written < 0 && errno == EINTR);
    return written < 0 && errno != EAGAIN ? -errno : 0;
}

int grepvine_wakeup_clear(int fd) {
    uint64_t count;
    ssize_t got;
    do got = read(fd, &count, sizeof count);
    while (got < 0 && errno == EINTR);
    return got < 0 && errno != EAGAIN ? -errno : 0;
}
