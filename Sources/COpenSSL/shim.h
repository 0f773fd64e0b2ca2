// Some of OpenSSL's calls are macros, and those with five out-parameters read badly in Swift.
#pragma once
#include <openssl/evp.h>
#include <openssl/rand.h>

/// SHA-256 of `count` bytes into `digest` (32 bytes); 1 on success.
static inline int grepvine_sha256(const void *bytes, size_t count, unsigned char *digest) {
    return EVP_Digest(bytes, count, digest, 0, EVP_sha256(), 0);
}

/// A context for AES-256-GCM with its key schedule, to be used for many messages; 0 on failure.
static inline EVP_CIPHER_CTX *grepvine_gcm_create(const unsigned char *key, int encrypts) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context && EVP_CipherInit_ex(context, EVP_aes_256_gcm(), 0, key, 0, encrypts) == 1) {
        return context;
    }
    EVP_CIPHER_CTX_free(context);
    return 0;
}

static inline void grepvine_gcm_free(EVP_CIPHER_CTX *context) { EVP_CIPHER_CTX_free(context); }

/// Encrypts `count` bytes in place and writes 16 bytes of tag; 1 on success.
static inline int grepvine_gcm_seal(
    EVP_CIPHER_CTX *context, const unsigned char *nonce, const unsigned char *clear, int clear_count,
    unsigned char *body, int count, unsigned char *tag) {
    int length = 0;
    return EVP_CipherInit_ex(context, 0, 0, 0, nonce, 1) == 1
        && EVP_CipherUpdate(context, 0, &length, clear, clear_count) == 1
        && EVP_CipherUpdate(context, body, &length, body, count) == 1
        && EVP_CipherFinal_ex(context, body + length, &length) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag) == 1;
}

/// Decrypts `count` bytes in place; 1 only if they and `clear` are what was sealed.
static inline int grepvine_gcm_open(
    EVP_CIPHER_CTX *context, const unsigned char *nonce, const unsigned char *clear, int clear_count,
    unsigned char *body, int count, const unsigned char *tag) {
    int length = 0;
    return EVP_CipherInit_ex(context, 0, 0, 0, nonce, 0) == 1
        && EVP_CipherUpdate(context, 0, &length, clear, clear_count) == 1
        && EVP_CipherUpdate(context, body, &length, body, count) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, (void *)tag) == 1
        && EVP_CipherFinal_ex(context, body + length, &length) == 1;
}
