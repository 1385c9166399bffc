/* See m4fw_crypto.h. Everything here is public: nothing has to be constant in time. */
#include "m4fw_crypto.h"

#include <string.h>

/* ---- Canonical signatures ---- */

/* The order of two big-endian numbers. */
static int order_of(const uint8_t *a, const uint8_t *b, size_t bytes) { return memcmp(a, b, bytes); }

static int is_zero(const uint8_t *number, size_t bytes) {
    uint8_t all = 0;
    while (bytes > 0) all |= number[--bytes];
    return all == 0;
}

int m4fw_canonical_ecdsa(const uint8_t *signature, size_t bytes) {
    static const uint8_t n256[] = {
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    static const uint8_t n384[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
        0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};
    const uint8_t *n = bytes == sizeof n256 ? n256 : n384, *s = signature + bytes;
    uint8_t half[48];
    for (size_t i = 0; i < bytes; i++) {
        half[i] = (uint8_t)((i == 0 ? 0 : n[i - 1] << 7) | n[i] >> 1);
    }
    return !is_zero(signature, bytes) && order_of(signature, n, bytes) < 0 && !is_zero(s, bytes) &&
           order_of(s, half, bytes) <= 0;
}

static void reverse(const uint8_t *from, uint8_t to[32]) {
    for (size_t i = 0; i < 32; i++) to[31 - i] = from[i];
}

/* y of the eight points whose order divides the cofactor are 0, 1, p - 1, and these two. */
int m4fw_strong_ed25519(const uint8_t key[32]) {
    static const uint8_t p_minus_1[] = {
        0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xec};
    static const uint8_t small[2][32] = {
        {0x7a, 0x03, 0xac, 0x92, 0x77, 0xfd, 0xc7, 0x4e, 0xc6, 0xcc, 0x39, 0x2c, 0xfa, 0x53, 0x20, 0x2a,
         0x0f, 0x67, 0x10, 0x0d, 0x76, 0x0b, 0x3c, 0xba, 0x4f, 0xd8, 0x4d, 0x3d, 0x70, 0x6a, 0x17, 0xc7},
        {0x05, 0xfc, 0x53, 0x6d, 0x88, 0x02, 0x38, 0xb1, 0x39, 0x33, 0xc6, 0xd3, 0x05, 0xac, 0xdf, 0xd5,
         0xf0, 0x98, 0xef, 0xf2, 0x89, 0xf4, 0xc3, 0x45, 0xb0, 0x27, 0xb2, 0xc2, 0x8f, 0x95, 0xe8, 0x26}};
    uint8_t y[32];
    reverse(key, y);
    y[0] &= 0x7f; /* the sign of x */
    return order_of(y, p_minus_1, 32) < 0 && !(is_zero(y, 31) && y[31] <= 1) &&
           order_of(y, small[0], 32) != 0 && order_of(y, small[1], 32) != 0;
}

int m4fw_canonical_ed25519(const uint8_t signature[64]) {
    static const uint8_t order[] = {
        0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed};
    uint8_t s[32];
    reverse(signature + 32, s);
    return m4fw_strong_ed25519(signature) && order_of(s, order, 32) < 0;
}

/* ---- Keccak (FIPS 202) ---- */

typedef struct {
    uint64_t lanes[25];
    size_t rate, at;
} sponge;

static uint64_t rotate(uint64_t x, unsigned by) { return by == 0 ? x : x << by | x >> (64 - by); }

static void permute(uint64_t a[25]) {
    uint8_t lfsr = 1;
    for (int round = 0; round < 24; round++) {
        uint64_t c[5], d;
        for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int x = 0; x < 5; x++) {
            d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
            for (int y = 0; y < 25; y += 5) a[y + x] ^= d;
        }
        uint64_t last = a[1];
        for (unsigned t = 0, x = 1, y = 0; t < 24; t++) { /* rho and pi along the orbit of (1, 0) */
            unsigned next = (2 * x + 3 * y) % 5;
            x = y;
            y = next;
            uint64_t moved = a[y * 5 + x];
            a[y * 5 + x] = rotate(last, (t + 1) * (t + 2) / 2 % 64);
            last = moved;
        }
        for (int y = 0; y < 25; y += 5) {
            memcpy(c, a + y, sizeof c);
            for (int x = 0; x < 5; x++) a[y + x] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]);
        }
        for (unsigned j = 0; j < 7; j++) { /* iota: the bits of an LFSR at 2^j - 1 */
            if (lfsr & 1) a[0] ^= UINT64_C(1) << ((1u << j) - 1);
            lfsr = (uint8_t)(lfsr << 1 ^ (lfsr >> 7) * 0x71);
        }
    }
}

static void absorb(sponge *s, const uint8_t *bytes, size_t length) {
    while (length-- > 0) {
        s->lanes[s->at / 8] ^= (uint64_t)*bytes++ << (s->at % 8 * 8);
        if (++s->at == s->rate) {
            permute(s->lanes);
            s->at = 0;
        }
    }
}

static void finish(sponge *s) {
    s->lanes[s->at / 8] ^= UINT64_C(0x1f) << (s->at % 8 * 8);
    s->lanes[(s->rate - 1) / 8] ^= UINT64_C(0x80) << 56;
    s->at = s->rate;
}

static void squeeze(sponge *s, uint8_t *bytes, size_t length) {
    while (length-- > 0) {
        if (s->at == s->rate) {
            permute(s->lanes);
            s->at = 0;
        }
        *bytes++ = (uint8_t)(s->lanes[s->at / 8] >> (s->at % 8 * 8));
        s->at++;
    }
}

static const sponge SHAKE128 = {{0}, 168, 0}, SHAKE256 = {{0}, 136, 0};

/* ---- ML-DSA (FIPS 204); the numbers are those of its algorithms ---- */

#define Q 8380417
#define N 256
#define D 13
#define MAX_K 8
#define MAX_L 7

typedef struct {
    int k, l, tau, beta, omega;
    int c_bytes; /* of the challenge's hash: lambda / 4 */
} parameters;

static const parameters sets[] = {{6, 5, 49, 196, 55, 48}, {8, 7, 60, 120, 75, 64}};

#define GAMMA1 (1 << 19)
#define GAMMA2 ((Q - 1) / 32)

typedef int32_t poly[N];

static int32_t modulo(int64_t x) {
    int32_t r = (int32_t)(x % Q);
    return r < 0 ? r + Q : r;
}

/* zeta^BitRev8(k), for 41 and 42. */
static void make_zetas(int32_t zetas[N]) {
    for (int k = 0; k < N; k++) {
        int reversed = 0;
        for (int bit = 0; bit < 8; bit++) reversed |= (k >> bit & 1) << (7 - bit);
        int64_t power = 1;
        for (int i = 0; i < reversed; i++) power = power * 1753 % Q;
        zetas[k] = (int32_t)power;
    }
}

/* 41 */
static void ntt(const int32_t zetas[N], poly w) {
    int m = 0;
    for (int length = 128; length >= 1; length /= 2) {
        for (int start = 0; start < N; start += 2 * length) {
            int64_t zeta = zetas[++m];
            for (int j = start; j < start + length; j++) {
                int32_t t = modulo(zeta * w[j + length]);
                w[j + length] = modulo((int64_t)w[j] - t);
                w[j] = modulo((int64_t)w[j] + t);
            }
        }
    }
}

/* 42 */
static void inverse_ntt(const int32_t zetas[N], poly w) {
    int m = N;
    for (int length = 1; length < N; length *= 2) {
        for (int start = 0; start < N; start += 2 * length) {
            int64_t zeta = Q - zetas[--m];
            for (int j = start; j < start + length; j++) {
                int32_t t = w[j];
                w[j] = modulo((int64_t)t + w[j + length]);
                w[j + length] = modulo(zeta * modulo((int64_t)t - w[j + length]));
            }
        }
    }
    for (int j = 0; j < N; j++) w[j] = modulo(INT64_C(8347681) * w[j]);
}

/* 30: RejNTTPoly, added up times z: one entry of A in the domain of the NTT. */
static void add_product(const uint8_t rho[32], int row, int column, const poly z, poly sum) {
    sponge s = SHAKE128;
    uint8_t place[2] = {(uint8_t)column, (uint8_t)row}, three[3];
    absorb(&s, rho, 32);
    absorb(&s, place, 2);
    finish(&s);
    for (int j = 0; j < N;) {
        squeeze(&s, three, 3);
        int32_t a = three[0] | three[1] << 8 | (three[2] & 0x7f) << 16;
        if (a < Q) {
            sum[j] = modulo(sum[j] + (int64_t)a * z[j]);
            j++;
        }
    }
}

/* 29: SampleInBall */
static void sample_in_ball(const parameters *p, const uint8_t *seed, poly c) {
    sponge s = SHAKE256;
    uint8_t signs[8], j;
    absorb(&s, seed, (size_t)p->c_bytes);
    finish(&s);
    squeeze(&s, signs, sizeof signs);
    memset(c, 0, sizeof(poly));
    for (int i = N - p->tau; i < N; i++) {
        do {
            squeeze(&s, &j, 1);
        } while (j > i);
        int bit = i + p->tau - N;
        c[i] = c[j];
        c[j] = signs[bit / 8] >> bit % 8 & 1 ? Q - 1 : 1;
    }
}

static int32_t unpack(const uint8_t *bytes, int index, int bits) {
    int32_t value = 0;
    for (int i = 0; i < bits; i++) {
        int at = index * bits + i;
        value |= (bytes[at / 8] >> at % 8 & 1) << i;
    }
    return value;
}

/* 27: the norm of z is checked on the way; 0 if it is too large. */
static int unpack_z(const parameters *p, const uint8_t *bytes, poly z) {
    for (int j = 0; j < N; j++) {
        int32_t value = GAMMA1 - unpack(bytes, j, 20);
        if (value >= GAMMA1 - p->beta || value <= -(GAMMA1 - p->beta)) return 0;
        z[j] = modulo(value);
    }
    return 1;
}

/* 21: HintBitUnpack; 0 if the hint has more than one form. */
static int unpack_hint(const parameters *p, const uint8_t *y, uint8_t h[MAX_K][N]) {
    int index = 0;
    memset(h, 0, MAX_K * N);
    for (int i = 0; i < p->k; i++) {
        int end = y[p->omega + i];
        if (end < index || end > p->omega) return 0;
        for (int first = index; index < end; index++) {
            if (index > first && y[index - 1] >= y[index]) return 0;
            h[i][y[index]] = 1;
        }
    }
    while (index < p->omega) {
        if (y[index++] != 0) return 0;
    }
    return 1;
}

/* 40: UseHint, with 36 (Decompose) inside. */
static int32_t use_hint(int hint, int32_t r) {
    int32_t r0 = r % (2 * GAMMA2), m = (Q - 1) / (2 * GAMMA2), r1;
    if (r0 > GAMMA2) r0 -= 2 * GAMMA2;
    r1 = r - r0 == Q - 1 ? 0 : (r - r0) / (2 * GAMMA2);
    if (r - r0 == Q - 1) r0--;
    return hint == 0 ? r1 : r0 > 0 ? (r1 + 1) % m : (r1 + m - 1) % m;
}

int m4fw_ml_dsa_verify(m4fw_ml_dsa_parameters which, const uint8_t *key, const uint8_t *message,
                       size_t message_length, const uint8_t *signature) {
    const parameters *p = &sets[which];
    const uint8_t *t1 = key + 32, *z_bytes = signature + p->c_bytes;
    poly zetas, z[MAX_L], c, w, t;
    uint8_t h[MAX_K][N], hash[64], packed[N / 2];
    make_zetas(zetas);
    for (int i = 0; i < p->l; i++) {
        if (!unpack_z(p, z_bytes + i * 640, z[i])) return 0;
        ntt(zetas, z[i]);
    }
    if (!unpack_hint(p, z_bytes + p->l * 640, h)) return 0;
    sponge s = SHAKE256; /* tr */
    absorb(&s, key, 32 + (size_t)p->k * 320);
    finish(&s);
    squeeze(&s, hash, 64);
    s = SHAKE256; /* mu: pure, no context */
    absorb(&s, hash, 64);
    absorb(&s, (const uint8_t[]){0, 0}, 2);
    absorb(&s, message, message_length);
    finish(&s);
    squeeze(&s, hash, 64);
    s = SHAKE256; /* the challenge, made again */
    absorb(&s, hash, 64);
    sample_in_ball(p, signature, c);
    ntt(zetas, c);
    for (int i = 0; i < p->k; i++) {
        for (int j = 0; j < N; j++) t[j] = unpack(t1 + i * 320, j, 10) << D;
        ntt(zetas, t);
        for (int j = 0; j < N; j++) w[j] = modulo(-(int64_t)c[j] * t[j]);
        for (int j = 0; j < p->l; j++) add_product(key, i, j, z[j], w);
        inverse_ntt(zetas, w);
        memset(packed, 0, sizeof packed);
        for (int j = 0; j < N; j++) packed[j / 2] |= (uint8_t)(use_hint(h[i][j], w[j]) << j % 2 * 4);
        absorb(&s, packed, sizeof packed);
    }
    finish(&s);
    squeeze(&s, hash, (size_t)p->c_bytes);
    return memcmp(hash, signature, (size_t)p->c_bytes) == 0;
}
