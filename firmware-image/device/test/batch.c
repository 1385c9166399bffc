/*
 * Verifies many variants of files for the tests. Commands, one a line, on standard input:
 *
 *   keys FILE [allow-development] [allow-unknown-signatures] [no-thresholds]
 *   base FILE                      a file to make variants of; it is read into memory
 *   case SIZE [OFFSET:HEX]...      the base cut or, with zeros, extended to SIZE, then changed
 *   flip FROM TO BITS              each byte from FROM on, before TO, with each bit of the mask
 *                                  BITS flipped, 0 for one bit that depends on the byte
 *   file FILE                      a file as it is, read piece by piece
 *
 * The answer to case, flip (one for each variant) and file is a line "CODE offset item". Of an image
 * that is good, the first blocks of each section are read alone, too.
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../example.h"

static example_keys keys;
static uint8_t *base, *variant;
static size_t base_size, workspace_room;
static void *workspace;

static int read_memory(void *context, uint64_t offset, void *into, size_t length) {
    memcpy(into, (const uint8_t *)context + offset, length);
    return 1;
}

static int read_stream(void *context, uint64_t offset, void *into, size_t length) {
    return fseeko(context, (off_t)offset, SEEK_SET) == 0 && fread(into, 1, length, context) == length;
}

static void die(const char *what) {
    fprintf(stderr, "batch: %s\n", what);
    exit(2);
}

static void read_each_block(m4fw_image *image) {
    uint8_t block[4096];
    size_t length;
    m4fw_result result;
    for (size_t s = 0; s < image->section_count; s++) {
        uint64_t blocks = (image->sections[s].length + 4095) / 4096;
        for (uint64_t i = 0; i < blocks && i < 300; i++) {
            if (m4fw_read_block(image, s, i, block, &length, &result) != M4FW_OK) {
                die("a block of a good image is refused");
            }
        }
        if (m4fw_read_block(image, s, blocks, block, &length, &result) == M4FW_OK) {
            die("a block behind the end is read");
        }
    }
}

static void verify(const m4fw_source *source) {
    m4fw_image image;
    m4fw_result result;
    size_t needed = m4fw_workspace(source);
    if (needed > workspace_room) {
        free(workspace);
        workspace = malloc(needed);
        workspace_room = needed;
    }
    m4fw_code code = m4fw_verify(&image, source, &example_crypto, &keys.trust, workspace, needed,
                                 &result);
    if (code != result.code) die("two codes");
    if (code == M4FW_OK) read_each_block(&image);
    printf("%s %llu %s\n", m4fw_code_name(code), (unsigned long long)result.offset, result.item);
}

static void verify_memory(uint8_t *bytes, size_t size) {
    verify(&(m4fw_source){size, read_memory, bytes});
}

static void read_base(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) die(path);
    base_size = (size_t)ftell(file);
    rewind(file);
    base = realloc(base, base_size);
    if (base == NULL || fread(base, 1, base_size, file) != base_size) die(path);
    fclose(file);
}

/* The variant lies at the end of its memory, so that a sanitizer sees what reads beyond it. */
static void one_case(char *text) {
    char *rest;
    size_t size = strtoull(text, &rest, 10);
    variant = realloc(variant, size == 0 ? 1 : size);
    if (variant == NULL) die("out of memory");
    size_t common = size < base_size ? size : base_size;
    memcpy(variant, base, common);
    memset(variant + common, 0, size - common);
    while (*rest == ' ') {
        size_t at = strtoull(rest + 1, &rest, 10);
        for (rest++; *rest != ' ' && *rest != 0; rest += 2) {
            char two[3] = {rest[0], rest[1], 0};
            if (at >= size) die("change beyond the end");
            variant[at++] = (uint8_t)strtoul(two, NULL, 16);
        }
    }
    verify_memory(variant, size);
}

static void flips(const char *text) {
    unsigned long from, to, bits;
    if (sscanf(text, "%lu %lu %lu", &from, &to, &bits) != 3 || to > base_size) die(text);
    for (size_t at = from; at < to; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            if (bits == 0 ? bit == at * 7 % 8 : bits >> bit & 1) {
                base[at] ^= (uint8_t)(1u << bit);
                verify_memory(base, base_size);
                base[at] ^= (uint8_t)(1u << bit);
            }
        }
    }
}

static void whole_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseeko(file, 0, SEEK_END) != 0) die(path);
    m4fw_source source = {(uint64_t)ftello(file), read_stream, file};
    verify(&source);
    fclose(file);
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0) {
        line[length - 1] = 0;
        if (strncmp(line, "keys ", 5) == 0) {
            char *end = strchr(line + 5, ' ');
            int development = strstr(line, " allow-development") != NULL;
            int unknown = strstr(line, " allow-unknown-signatures") != NULL;
            int nothing = strstr(line, " no-thresholds") != NULL;
            if (end != NULL) *end = 0;
            if (!example_read_keys(line + 5, &keys)) die("bad keys");
            keys.trust.allow_development = development;
            keys.trust.allow_unknown_signatures = unknown;
            for (size_t r = 0; nothing && r < keys.trust.required_count; r++)
                keys.required[r].threshold = 0;
        } else if (strncmp(line, "base ", 5) == 0) {
            read_base(line + 5);
        } else if (strncmp(line, "case ", 5) == 0) {
            one_case(line + 5);
        } else if (strncmp(line, "flip ", 5) == 0) {
            flips(line + 5);
        } else if (strncmp(line, "file ", 5) == 0) {
            whole_file(line + 5);
        } else {
            die(line);
        }
        fflush(stdout);
    }
    free(line);
    free(base);
    free(variant);
    free(workspace);
    return 0;
}
