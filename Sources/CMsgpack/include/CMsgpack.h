// msgpack-c's packers are macros and inline functions over a callback: Swift needs functions.
#pragma once
#include <msgpack.h>
#include <stddef.h>
#include <stdint.h>

/// msgpack-c's packer over its own growable buffer, at an address that stays.
typedef struct grepvine_packer grepvine_packer;

grepvine_packer *grepvine_packer_create(void);
void grepvine_packer_destroy(grepvine_packer *packer);
/// Forgets what was packed and keeps the memory.
void grepvine_packer_clear(grepvine_packer *packer);
const void *grepvine_packer_bytes(const grepvine_packer *packer);
size_t grepvine_packer_count(const grepvine_packer *packer);

// Each returns 0, or -1 when memory ran out.
int grepvine_pack_nil(grepvine_packer *packer);
int grepvine_pack_bool(grepvine_packer *packer, int value);
int grepvine_pack_int(grepvine_packer *packer, int64_t value);
int grepvine_pack_uint(grepvine_packer *packer, uint64_t value);
int grepvine_pack_double(grepvine_packer *packer, double value);
int grepvine_pack_string(grepvine_packer *packer, const void *bytes, size_t count);
int grepvine_pack_binary(grepvine_packer *packer, const void *bytes, size_t count);
int grepvine_pack_array(grepvine_packer *packer, size_t count);
int grepvine_pack_map(grepvine_packer *packer, size_t count);

/// One unpacked object tree with its memory. Strings and binaries point into the input.
typedef struct grepvine_unpacker grepvine_unpacker;

grepvine_unpacker *grepvine_unpacker_create(void);
void grepvine_unpacker_destroy(grepvine_unpacker *unpacker);
/// The object at `*offset`, which moves past it; null when there is none. The object lives until
/// the next call. The input must have passed a structural scan first: msgpack-c reserves what an
/// array claims before it looks whether the elements are there.
const msgpack_object *grepvine_unpack(
    grepvine_unpacker *unpacker, const void *bytes, size_t count, size_t *offset);
/// The first of `size` elements of an array, or of 2 × `size` keys and values of a map.
static inline const msgpack_object *grepvine_elements(const msgpack_object *object) {
    _Static_assert(
        sizeof(msgpack_object_kv) == 2 * sizeof(msgpack_object), "a pair is two objects");
    return object->type == MSGPACK_OBJECT_MAP ? (const msgpack_object *)object->via.map.ptr
                                              : object->via.array.ptr;
}
