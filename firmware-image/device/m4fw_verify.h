/*
 * Verifies m4fw containers (firmware images, adapter packages, deltas) on a device.
 *
 * Written from docs/image-format.md, whose sections the source names. C11 and nothing else: no
 * allocation, no files, no clock, no locale; all memory is the caller's workspace, all bytes come
 * through the caller's source, all cryptography through the caller's table. example.c shows the
 * three for POSIX and OpenSSL.
 *
 * Verdicts and their names are those of `m4fw verify`.
 */
#ifndef M4FW_VERIFY_H
#define M4FW_VERIFY_H

#include <stddef.h>
#include <stdint.h>

/* What is found to be wrong. The names are stable; the numbers are not. */
#define M4FW_CODES(X)                                                                            \
    X(OK)                                                                                        \
    /* 1: header */                                                                              \
    X(NOT_AN_IMAGE) X(UNSUPPORTED_VERSION) X(TRUNCATED) X(TRAILING_BYTES) X(HEADER_CHECKSUM)     \
    X(HEADER_FIELD)                                                                              \
    /* 2: envelope */                                                                            \
    X(SLOT_PADDING) X(ENVELOPE_NOT_CANONICAL) X(ENVELOPE_FIELD) X(ENVELOPE_UNSIGNED)             \
    /* 3: manifest */                                                                            \
    X(MANIFEST_NOT_CANONICAL) X(MANIFEST_FIELD) X(DUPLICATE_SECTION)                             \
    /* 4: places */                                                                              \
    X(TREE_LENGTH) X(SECTION_MISALIGNED) X(SECTION_OUT_OF_BOUNDS) X(SECTION_OVERLAP)             \
    X(SECTION_MISPLACED) X(LAYOUT_FIELD)                                                         \
    /* 5: framing */                                                                             \
    X(FRAMING_DIFFERS)                                                                           \
    /* 6: signatures */                                                                          \
    X(DEVELOPMENT_IMAGE) X(ROOT_FOR_DEVELOPMENT) X(ROOT_FOR_RELEASES) X(UNKNOWN_SIGNER)          \
    X(SIGNATURE_LENGTH) X(BAD_SIGNATURE) X(TOO_FEW_FOR_ROOT) X(TOO_FEW_FOR_PAYLOAD)              \
    /* 8: sections */                                                                            \
    X(ROOT_MISMATCH) X(TREE_CORRUPT) X(DATA_CORRUPT) X(CRC_MISMATCH)                             \
    /* Only here: the caller's part did not work. */                                             \
    X(READ_FAILED) X(WORKSPACE_TOO_SMALL) X(KEY_UNUSABLE) X(ALGORITHM_MISSING)

typedef enum {
#define M4FW_CODE(name) M4FW_##name,
    M4FW_CODES(M4FW_CODE)
#undef M4FW_CODE
} m4fw_code;

/* "OK", "NOT_AN_IMAGE"...: what M4FW_ comes before. */
const char *m4fw_code_name(m4fw_code code);

/* The verdict: what is wrong, with which part, at which byte. */
typedef struct {
    m4fw_code code;
    char item[256]; /* such as "section weights"; empty for the whole file */
    /* Of the file for SLOT_PADDING and FRAMING_DIFFERS, of envelope or payload for *_NOT_CANONICAL,
     * of the tree for TREE_CORRUPT, of the section for DATA_CORRUPT; 0 for the others. */
    uint64_t offset;
} m4fw_result;

/* Where the bytes come from. */
typedef struct {
    uint64_t size;
    /* Copies exactly length bytes, which lie within size; 0 if it could not. */
    int (*read)(void *context, uint64_t offset, void *into, size_t length);
    void *context;
} m4fw_source;

typedef enum {
    M4FW_ED25519,
    M4FW_ECDSA_P256,
    M4FW_ECDSA_P384,
    M4FW_ML_DSA_65,
    M4FW_ML_DSA_87,
    M4FW_ALGORITHMS
} m4fw_algorithm;

/*
 * 1 if the key made the signature over the message, else 0. Key and signature are raw: Ed25519 as
 * in RFC 8032; ECDSA keys x and y, signatures r and s, with SHA-256 (P-256) or SHA-384 (P-384);
 * ML-DSA as in FIPS 204, pure, with an empty context. Their lengths were checked. m4fw_crypto.h has
 * what a library may lack: ML-DSA, and the checks that one signature cannot be turned into another.
 */
typedef int (*m4fw_verify_signature)(void *context, const uint8_t *key, const uint8_t *message,
                                     size_t message_length, const uint8_t *signature);

/* What the device's library of cryptography does. */
typedef struct {
    void *context;
    void (*sha256)(void *context, const void *bytes, size_t length, uint8_t digest[32]);
    m4fw_verify_signature verify[M4FW_ALGORITHMS]; /* NULL: this device cannot check such */
} m4fw_crypto;

/* A key, as DER SubjectPublicKeyInfo, that is trusted in a role; once for each role it has. */
typedef struct {
    const uint8_t *spki;
    size_t spki_length;
    const char *role;
} m4fw_key;

/* How many different keys have to sign in a role with algorithms of a class. */
typedef struct {
    const char *role;
    int post_quantum; /* 0: classical */
    unsigned threshold; /* at least 1; 0 is never met */
} m4fw_requirement;

/* What the device relies on; where it comes from is the caller's matter. */
typedef struct {
    const m4fw_key *keys;
    size_t key_count;
    const m4fw_requirement *required; /* all of them must hold; at least one, or nothing passes */
    size_t required_count;
    int development; /* its keys sign development builds, and only those */
    int allow_development;
    int allow_unknown_signatures; /* ignore signatures by other keys than these */
} m4fw_trust;

/* Text in the workspace, not terminated. */
typedef struct {
    const uint8_t *text;
    size_t length;
} m4fw_text;

typedef struct {
    m4fw_text id, name, role, module, media;
    m4fw_text targets; /* as the manifest has them: ["a","b"] */
    m4fw_text fsv;     /* sha256:... */
    uint64_t offset, length, crc32;
    uint64_t tree_offset, tree_length, tree_crc32;
} m4fw_section;

/* An image whose structure and signatures were checked. Its texts live in the workspace. */
typedef struct {
    uint8_t image_id[32];
    m4fw_text kind, product, version, rollback_domain;
    m4fw_text content, required; /* JSON: what the maker says, the signatures that it asks for */
    uint64_t build, rollback_index;
    int development;
    m4fw_section *sections;
    size_t section_count;
    /* What follows is for m4fw_verify.c. */
    m4fw_result *result;
    const m4fw_source *source;
    const m4fw_crypto *crypto;
    uint8_t *scratch;
    uint32_t (*crc_table)[256];
    m4fw_text schema, development_text;
    uint64_t log2_align, slot, first_section_offset, directory_offset, directory_length, file_size;
    uint64_t constant;
    size_t room;
} m4fw_image;

/*
 * How many bytes of workspace an image needs: about two and a half times its envelope slot, 10.0 MB
 * for the largest there is, 650 KB for the usual slot of 256 KiB. 0 if the source cannot be read or
 * its header is not sound; m4fw_open says why.
 */
size_t m4fw_workspace(const m4fw_source *source);

/*
 * Steps 1 to 6 of the specification: everything but the sections. Product, version and rollback
 * index are in the image for the caller's own step 7. The workspace has to stay as it is while the
 * image is used.
 */
m4fw_code m4fw_open(m4fw_image *image, const m4fw_source *source, const m4fw_crypto *crypto,
                    const m4fw_trust *trust, void *workspace, size_t workspace_size,
                    m4fw_result *result);

/* Step 8 for one section: tree, every block, checksums. */
m4fw_code m4fw_check_section(m4fw_image *image, size_t section, m4fw_result *result);

/*
 * One block of 4096 bytes of a section, checked up to the digest and copied: what is in `block` is
 * what was checked, whatever happens to the storage. `length` gets the number of bytes, less than
 * 4096 for the last block. DATA_CORRUPT if the section has no such block.
 */
m4fw_code m4fw_read_block(m4fw_image *image, size_t section, uint64_t index, uint8_t block[4096],
                          size_t *length, m4fw_result *result);

/* m4fw_open and every section. */
m4fw_code m4fw_verify(m4fw_image *image, const m4fw_source *source, const m4fw_crypto *crypto,
                      const m4fw_trust *trust, void *workspace, size_t workspace_size,
                      m4fw_result *result);

/* The section with an id; section_count if there is none. */
size_t m4fw_find_section(const m4fw_image *image, const char *id);

/* The algorithm of a key, M4FW_ALGORITHMS if it is none of those; and where its raw bytes are. */
m4fw_algorithm m4fw_algorithm_of(const m4fw_key *key, const uint8_t **raw);

#endif
