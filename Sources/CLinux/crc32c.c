#include "CLinux.h"
#include <string.h>

// Reflected Castagnoli polynomial.
#define POLYNOMIAL 0x82f63b78u

static uint32_t table[256];

__attribute__((constructor)) static void build_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
        table[byte] = crc;
    }
}

static uint32_t by_table(uint32_t crc, const unsigned char *bytes, size_t count) {
    while (count--) crc = (crc >> 8) ^ table[(crc ^ *bytes++) & 0xff];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(
    uint32_t crc, const unsigned char *bytes, size_t count) {
    uint64_t wide = crc;
    for (; count >= 8; count -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (; count; count--) crc = __builtin_ia32_crc32qi(crc, *bytes++);
    return crc;
}

static int has_instruction;
__attribute__((constructor)) static void look_for_instruction(void) {
    __builtin_cpu_init();
    has_instruction = __builtin_cpu_supports("sse4.2");
}
#endif

uint32_t grepvine_crc32c(uint32_t crc, const void *bytes, size_t count) {
    crc = ~crc;
#if defined(__x86_64__)
    if (has_instruction) return ~by_instruction(crc, bytes, count);
#endif
    return ~by_table(crc, bytes, count);
}
