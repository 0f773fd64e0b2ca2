#pragma once
#include <openssl/evp.h>
#include <openssl/rand.h>

/// SHA-256 of `count` bytes into `digest` (32 bytes); 1 on success.
static inline int grepvine_sha256(const void *bytes, size_t count, unsigned char *digest) {
    return EVP_Digest(bytes, count, digest, 0, EVP_sha256(), 0);
}
