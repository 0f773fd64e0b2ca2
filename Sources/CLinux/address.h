// Between the plain address and the kernel's.
#pragma once
#include "CLinux.h"
#include <sys/socket.h>

/// Fills `storage` for a socket of `socket_family` (4 or 6) and returns its length.
socklen_t grepvine_to_kernel(
    const struct grepvine_address *address, int socket_family, struct sockaddr_storage *storage);
/// IPv4 addresses mapped into IPv6 become plain IPv4.
void grepvine_from_kernel(
    const struct sockaddr_storage *storage, struct grepvine_address *address);
