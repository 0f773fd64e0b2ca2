// zlib's initialisers are macros that check the version: Swift needs functions.
#pragma once
#include <string.h>
#include <zlib.h>

static inline int grepvine_deflate_init(z_stream *stream, int level) {
    memset(stream, 0, sizeof *stream);
    return deflateInit2(stream, level, Z_DEFLATED, 15, 8, Z_DEFAULT_STRATEGY);
}

static inline int grepvine_inflate_init(z_stream *stream) {
    memset(stream, 0, sizeof *stream);
    return inflateInit2(stream, 15);
}
