/* What the example and the test driver share: cryptography by OpenSSL 3.0, keys out of a file. */
#ifndef M4FW_EXAMPLE_H
#define M4FW_EXAMPLE_H

#include "m4fw_verify.h"

/* SHA-256, Ed25519 and ECDSA by OpenSSL, ML-DSA by m4fw_crypto.c. */
extern const m4fw_crypto example_crypto;

#define EXAMPLE_KEYS 64

typedef struct {
    m4fw_trust trust;
    m4fw_key keys[EXAMPLE_KEYS];
    m4fw_requirement required[EXAMPLE_KEYS];
    char roles[2 * EXAMPLE_KEYS][65];
    uint8_t spki[EXAMPLE_KEYS][2614];
} example_keys;

/*
 * Reads what `m4fw keys device` prints; 0 if it cannot. Each line is one of
 *
 *   m4fw-device-keys 1              the first
 *   development                     the keys are for development builds
 *   key ROLE HEX                    a key as DER SubjectPublicKeyInfo
 *   require ROLE CLASS THRESHOLD    CLASS is classical or post-quantum
 */
int example_read_keys(const char *path, example_keys *keys);

#endif
