/*
 * m4fw-verify IMAGE KEYS [--allow-development] [--allow-unknown-signatures]
 *
 * Verifies an image as a device would, and exits with 0 if it is good, 1 if it is not, 2 if it
 * could not look. On POSIX, with OpenSSL:
 *
 *   cc -std=c11 -O2 -o m4fw-verify example.c example_parts.c m4fw_verify.c m4fw_crypto.c -lcrypto
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "example.h"

static int read_file(void *context, uint64_t offset, void *into, size_t length) {
    uint8_t *at = into;
    while (length > 0) {
        ssize_t count = pread(*(int *)context, at, length, (off_t)offset);
        if (count <= 0) return 0;
        at += count;
        offset += (uint64_t)count;
        length -= (size_t)count;
    }
    return 1;
}

static void print_result(const char *path, const m4fw_image *image, const m4fw_result *result) {
    if (result->code == M4FW_OK) {
        printf("%s: verified, %.*s %.*s build %llu, image id ", path, (int)image->product.length,
               (const char *)image->product.text, (int)image->version.length,
               (const char *)image->version.text, (unsigned long long)image->build);
        for (size_t i = 0; i < sizeof image->image_id; i++) printf("%02x", image->image_id[i]);
        printf("\n");
    } else {
        printf("%s: %s: %s at %llu\n", path, m4fw_code_name(result->code), result->item,
               (unsigned long long)result->offset);
    }
}

int main(int count, char **arguments) {
    static example_keys keys;
    struct stat status;
    if (count < 3 || !example_read_keys(arguments[2], &keys)) {
        fprintf(stderr, "usage: m4fw-verify IMAGE KEYS [--allow-development] "
                        "[--allow-unknown-signatures]\n");
        return 2;
    }
    for (int i = 3; i < count; i++) {
        keys.trust.allow_development |= strcmp(arguments[i], "--allow-development") == 0;
        keys.trust.allow_unknown_signatures |=
            strcmp(arguments[i], "--allow-unknown-signatures") == 0;
    }
    int file = open(arguments[1], O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        perror(arguments[1]);
        return 2;
    }
    m4fw_source source = {(uint64_t)status.st_size, read_file, &file};
    size_t room = m4fw_workspace(&source);
    void *workspace = malloc(room);
    if (workspace == NULL) room = 0;
    m4fw_image image;
    m4fw_result result;
    m4fw_verify(&image, &source, &example_crypto, &keys.trust, workspace, room, &result);
    print_result(arguments[1], &image, &result);
    free(workspace);
    close(file);
    return result.code == M4FW_OK ? 0 : 1;
}
