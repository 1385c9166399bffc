/*
 * What a library of cryptography may lack: the rules that leave each signature one form, so that
 * nobody can make a second good file out of a first, and ML-DSA. C11, no allocation.
 */
#ifndef M4FW_CRYPTO_H
#define M4FW_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

/* ECDSA: 1 <= r < n and 1 <= s <= (n - 1) / 2. `bytes` is 32 for P-256, 48 for P-384. */
int m4fw_canonical_ecdsa(const uint8_t *signature, size_t bytes);

/* Ed25519: s is reduced, and R is the one encoding of a point that is not of small order. */
int m4fw_canonical_ed25519(const uint8_t signature[64]);

/* Whether an Ed25519 key is the one encoding of a point that is not of small order. */
int m4fw_strong_ed25519(const uint8_t key[32]);

/* FIPS 204, algorithm 3, with an empty context: 1 if the signature is good. 15 KiB of stack. */
typedef enum { M4FW_ML_DSA_PARAMETERS_65, M4FW_ML_DSA_PARAMETERS_87 } m4fw_ml_dsa_parameters;
int m4fw_ml_dsa_verify(m4fw_ml_dsa_parameters which, const uint8_t *key, const uint8_t *message,
                       size_t message_length, const uint8_t *signature);

#endif
