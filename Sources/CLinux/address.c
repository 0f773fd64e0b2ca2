#include "address.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

socklen_t grepvine_to_kernel(
    const struct grepvine_address *address, int socket_family, struct sockaddr_storage *storage) {
    memset(storage, 0, sizeof *storage);
    if (address->family == 4 && socket_family == 4) {
        struct sockaddr_in *four = (struct sockaddr_in *)storage;
        four->sin_family = AF_INET;
        four->sin_port = htons(address->port);
        memcpy(&four->sin_addr, &address->high, 4);
        return sizeof *four;
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(address->port);
    if (address->family == 4) {
        memcpy(&six->sin6_addr, mapped_prefix, 12);
        memcpy((uint8_t *)&six->sin6_addr + 12, &address->high, 4);
    } else {
        memcpy(&six->sin6_addr, &address->high, 8);
        memcpy((uint8_t *)&six->sin6_addr + 8, &address->low, 8);
        six->sin6_scope_id = address->scope;
    }
    return sizeof *six;
}

void grepvine_from_kernel(
    const struct sockaddr_storage *storage, struct grepvine_address *address) {
    memset(address, 0, sizeof *address);
    if (storage->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)storage;
        address->family = 4;
        address->port = ntohs(four->sin_port);
        memcpy(&address->high, &four->sin_addr, 4);
        return;
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)storage;
    const uint8_t *bytes = (const uint8_t *)&six->sin6_addr;
    address->port = ntohs(six->sin6_port);
    if (memcmp(bytes, mapped_prefix, 12) == 0) {
        address->family = 4;
        memcpy(&address->high, bytes + 12, 4);
        return;
    }
    address->family = 6;
    address->scope = six->sin6_scope_id;
    memcpy(&address->high, bytes, 8);
    memcpy(&address->low, bytes + 8, 8);
}

/// The code of getaddrinfo, or 0 with `*found` addresses.
static int look_up(
    const char *host, uint16_t port, int flags, struct grepvine_address *addresses, int capacity,
    int *found) {
    struct addrinfo hints = {.ai_flags = flags | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    *found = 0;
    int code = getaddrinfo(host, service, &hints, &list);
    if (code != 0) return code;
    for (struct addrinfo *item = list; item && *found < capacity; item = item->ai_next) {
        if (item->ai_family != AF_INET && item->ai_family != AF_INET6) continue;
        struct sockaddr_storage storage = {0};
        memcpy(&storage, item->ai_addr, item->ai_addrlen);
        grepvine_from_kernel(&storage, &addresses[(*found)++]);
    }
    freeaddrinfo(list);
    return 0;
}

int grepvine_address_parse(const char *text, uint16_t port, struct grepvine_address *address) {
    int found;
    return look_up(text, port, AI_NUMERICHOST, address, 1, &found) == 0 && found == 1 ? 0 : -1;
}

int grepvine_address_format(const struct grepvine_address *address, char *text, size_t size) {
    struct sockaddr_storage storage;
    socklen_t length = grepvine_to_kernel(address, address->family, &storage);
    return getnameinfo(
        (struct sockaddr *)&storage, length, text, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
}

int grepvine_resolve(
    const char *host, uint16_t port, struct grepvine_address *addresses, int capacity) {
    int found;
    int code = look_up(host, port, AI_ADDRCONFIG, addresses, capacity, &found);
    // Loopback alone does not count as configured, so ask again for whatever there is.
    if (code != 0) code = look_up(host, port, 0, addresses, capacity, &found);
    if (code == 0) return found;
    return code < 0 ? code : -code;
}

const char *grepvine_resolve_error(int code) { return gai_strerror(code); }
