#include "CMsgpack.h"
#include <stdlib.h>

struct grepvine_packer {
    msgpack_sbuffer buffer;
    msgpack_packer packer;
};

grepvine_packer *grepvine_packer_create(void) {
    grepvine_packer *packer = malloc(sizeof *packer);
    if (!packer) return NULL;
    msgpack_sbuffer_init(&packer->buffer);
    msgpack_packer_init(&packer->packer, &packer->buffer, msgpack_sbuffer_write);
    return packer;
}

void grepvine_packer_destroy(grepvine_packer *packer) {
    msgpack_sbuffer_destroy(&packer->buffer);
    free(packer);
}

void grepvine_packer_clear(grepvine_packer *packer) { msgpack_sbuffer_clear(&packer->buffer); }

const void *grepvine_packer_bytes(const grepvine_packer *packer) { return packer->buffer.data; }

size_t grepvine_packer_count(const grepvine_packer *packer) { return packer->buffer.size; }

int grepvine_pack_nil(grepvine_packer *packer) { return msgpack_pack_nil(&packer->packer); }

int grepvine_pack_bool(grepvine_packer *packer, int value) {
    return value ? msgpack_pack_true(&packer->packer) : msgpack_pack_false(&packer->packer);
}

int grepvine_pack_int(grepvine_packer *packer, int64_t value) {
    return msgpack_pack_int64(&packer->packer, value);
}

int grepvine_pack_uint(grepvine_packer *packer, uint64_t value) {
    return msgpack_pack_uint64(&packer->packer, value);
}

int grepvine_pack_double(grepvine_packer *packer, double value) {
    return msgpack_pack_double(&packer->packer, value);
}

int grepvine_pack_string(grepvine_packer *packer, const void *bytes, size_t count) {
    if (msgpack_pack_str(&packer->packer, count) != 0) return -1;
    return count == 0 ? 0 : msgpack_pack_str_body(&packer->packer, bytes, count);
}

int grepvine_pack_binary(grepvine_packer *packer, const void *bytes, size_t count) {
    if (msgpack_pack_bin(&packer->packer, count) != 0) return -1;
    return count == 0 ? 0 : msgpack_pack_bin_body(&packer->packer, bytes, count);
}

int grepvine_pack_array(grepvine_packer *packer, size_t count) {
    return msgpack_pack_array(&packer->packer, count);
}

int grepvine_pack_map(grepvine_packer *packer, size_t count) {
    return msgpack_pack_map(&packer->packer, count);
}

struct grepvine_unpacker {
    msgpack_unpacked unpacked;
};

grepvine_unpacker *grepvine_unpacker_create(void) {
    grepvine_unpacker *unpacker = malloc(sizeof *unpacker);
    if (unpacker) msgpack_unpacked_init(&unpacker->unpacked);
    return unpacker;
}

void grepvine_unpacker_destroy(grepvine_unpacker *unpacker) {
    msgpack_unpacked_destroy(&unpacker->unpacked);
    free(unpacker);
}

const msgpack_object *grepvine_unpack(
    grepvine_unpacker *unpacker, const void *bytes, size_t count, size_t *offset) {
    msgpack_unpack_return result = msgpack_unpack_next(&unpacker->unpacked, bytes, count, offset);
    return result == MSGPACK_UNPACK_SUCCESS ? &unpacker->unpacked.data : NULL;
}
