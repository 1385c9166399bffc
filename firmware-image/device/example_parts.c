/* See example.h. */
#include "example.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "m4fw_crypto.h"

static void sha256(void *context, const void *bytes, size_t length, uint8_t digest[32]) {
    (void)context;
    SHA256(bytes, length, digest);
}

static int verify(EVP_PKEY *key, const EVP_MD *hash, const uint8_t *message, size_t message_length,
                  const uint8_t *signature, size_t signature_length) {
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    int good = key != NULL && digest != NULL &&
               EVP_DigestVerifyInit(digest, NULL, hash, NULL, key) == 1 &&
               EVP_DigestVerify(digest, signature, signature_length, message, message_length) == 1;
    EVP_MD_CTX_free(digest);
    EVP_PKEY_free(key);
    return good;
}

static int verify_ed25519(void *context, const uint8_t *key, const uint8_t *message,
                          size_t message_length, const uint8_t *signature) {
    (void)context;
    return m4fw_strong_ed25519(key) && m4fw_canonical_ed25519(signature) &&
           verify(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32), NULL, message,
                  message_length, signature, 64);
}

/* OpenSSL wants DER for both; that of a key is before its raw bytes, as m4fw_key has it. */
static int verify_ecdsa(const uint8_t *key, size_t front, size_t bytes, const EVP_MD *hash,
                        const uint8_t *message, size_t message_length, const uint8_t *signature) {
    const uint8_t *spki = key - front;
    uint8_t der[120], *end = der;
    if (!m4fw_canonical_ecdsa(signature, bytes)) return 0;
    ECDSA_SIG *both = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, (int)bytes, NULL);
    BIGNUM *s = BN_bin2bn(signature + bytes, (int)bytes, NULL);
    int length = both != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(both, r, s)
                     ? i2d_ECDSA_SIG(both, &end)
                     : 0;
    ECDSA_SIG_free(both);
    return length > 0 && verify(d2i_PUBKEY(NULL, &spki, (long)(front + 2 * bytes)), hash, message,
                                message_length, der, (size_t)length);
}

static int verify_p256(void *context, const uint8_t *key, const uint8_t *message,
                       size_t message_length, const uint8_t *signature) {
    (void)context;
    return verify_ecdsa(key, 27, 32, EVP_sha256(), message, message_length, signature);
}

static int verify_p384(void *context, const uint8_t *key, const uint8_t *message,
                       size_t message_length, const uint8_t *signature) {
    (void)context;
    return verify_ecdsa(key, 24, 48, EVP_sha384(), message, message_length, signature);
}

static int verify_ml_dsa_65(void *context, const uint8_t *key, const uint8_t *message,
                            size_t message_length, const uint8_t *signature) {
    (void)context;
    return m4fw_ml_dsa_verify(M4FW_ML_DSA_PARAMETERS_65, key, message, message_length, signature);
}

static int verify_ml_dsa_87(void *context, const uint8_t *key, const uint8_t *message,
                            size_t message_length, const uint8_t *signature) {
    (void)context;
    return m4fw_ml_dsa_verify(M4FW_ML_DSA_PARAMETERS_87, key, message, message_length, signature);
}

const m4fw_crypto example_crypto = {
    NULL, sha256, {verify_ed25519, verify_p256, verify_p384, verify_ml_dsa_65, verify_ml_dsa_87}};

/* ---- Keys ---- */

static size_t from_hex(const char *hex, uint8_t *bytes, size_t room) {
    size_t length = 0;
    for (; hex[0] != 0 && hex[1] != 0; hex += 2) {
        char two[3] = {hex[0], hex[1], 0}, *end;
        if (length == room) return 0;
        bytes[length++] = (uint8_t)strtoul(two, &end, 16);
        if (*end != 0) return 0;
    }
    return hex[0] == 0 ? length : 0;
}

static int read_line(const char *line, example_keys *all) {
    static char hex[2 * sizeof all->spki[0] + 1];
    char class[16];
    unsigned threshold;
    size_t k = all->trust.key_count, r = all->trust.required_count;
    if (strcmp(line, "development") == 0) {
        all->trust.development = 1;
    } else if (k < EXAMPLE_KEYS && sscanf(line, "key %64s %5228s", all->roles[k], hex) == 2) {
        size_t length = from_hex(hex, all->spki[k], sizeof all->spki[k]);
        const uint8_t *raw;
        all->keys[k] = (m4fw_key){all->spki[k], length, all->roles[k]};
        all->trust.key_count++;
        return m4fw_algorithm_of(&all->keys[k], &raw) != M4FW_ALGORITHMS;
    } else if (r < EXAMPLE_KEYS && sscanf(line, "require %64s %15s %u", all->roles[EXAMPLE_KEYS + r],
                                          class, &threshold) == 3) {
        int post_quantum = strcmp(class, "post-quantum") == 0;
        all->required[r] = (m4fw_requirement){all->roles[EXAMPLE_KEYS + r], post_quantum, threshold};
        all->trust.required_count++;
        return threshold > 0 && (post_quantum || strcmp(class, "classical") == 0);
    } else {
        return 0;
    }
    return 1;
}

int example_read_keys(const char *path, example_keys *all) {
    char line[5400];
    int good = 1, number = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    memset(all, 0, sizeof *all);
    all->trust.keys = all->keys;
    all->trust.required = all->required;
    while (good && fgets(line, sizeof line, file) != NULL) {
        size_t length = strlen(line);
        if (length == 0 || line[length - 1] != '\n') { /* cut, too long, or with a zero byte */
            good = 0;
            break;
        }
        line[length - 1] = 0;
        good = number++ == 0 ? strcmp(line, "m4fw-device-keys 1") == 0 : read_line(line, all);
    }
    fclose(file);
    return good && all->trust.required_count > 0;
}
