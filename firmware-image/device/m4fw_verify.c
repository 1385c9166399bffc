/* See m4fw_verify.h. The order of the checks is that of docs/image-format.md, "Verification". */
#include "m4fw_verify.h"

#include <string.h>

#define MAX_INTEGER UINT64_C(9007199254740991)
#define ENVELOPE_AT 8192
#define MIN_SLOT 16384
#define MAX_SLOT 4194304
#define BLOCK 4096
#define HASH 32
#define FAN_OUT (BLOCK / HASH)
#define MAX_LEVELS 8
#define MAX_NAME 200
#define PAYLOAD_TYPE "application/vnd.m4fw."

#define TRY(call) do { m4fw_code code_ = (call); if (code_ != M4FW_OK) return code_; } while (0)
#define REFUSE_AT(when, code, front, name, offset) \
    do { if (when) return fail(image->result, M4FW_##code, front, name, offset); } while (0)
#define REFUSE(when, code, item) REFUSE_AT(when, code, item, text_of(""), 0)

static const char TREE[] = "tree of section ", SECTION[] = "section ", SIGNER[] = "signature by ";

const char *m4fw_code_name(m4fw_code code) {
    static const char *const names[] = {
#define M4FW_CODE(name) #name,
        M4FW_CODES(M4FW_CODE)
#undef M4FW_CODE
    };
    return (size_t)code < sizeof names / sizeof *names ? names[code] : "?";
}

/* ---- Texts, numbers, results ---- */
static m4fw_text text_of(const char *t) { return (m4fw_text){(const uint8_t *)t, strlen(t)}; }

static int compare(m4fw_text a, m4fw_text b) {
    size_t least = a.length < b.length ? a.length : b.length;
    int order = least == 0 ? 0 : memcmp(a.text, b.text, least);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int is(m4fw_text a, const char *b) { return compare(a, text_of(b)) == 0; }

/* Whether a character is in a set such as "a-z0-9._-". */
static int in_set(uint8_t c, const char *set) {
    for (; *set != 0; set++) {
        int range = set[1] == '-' && set[2] != 0;
        if (range ? c >= (uint8_t)set[0] && c <= (uint8_t)set[2] : c == (uint8_t)*set) return 1;
        set += range ? 2 : 0;
    }
    return 0;
}

/* Whether a text begins with one of a set and goes on with others, `most` characters in all. */
static int is_word(m4fw_text t, const char *first, const char *rest, size_t most) {
    if (t.length < 1 || t.length > most || !in_set(t.text[0], first)) return 0;
    for (size_t i = 1; i < t.length; i++)
        if (!in_set(t.text[i], rest)) return 0;
    return 1;
}

static void append(m4fw_result *result, m4fw_text t) {
    size_t used = strlen(result->item), room = sizeof result->item - 1 - used;
    size_t count = t.length < room ? t.length : room;
    if (count > 0) memcpy(result->item + used, t.text, count);
    result->item[used + count] = 0;
}

static void append_number(m4fw_result *result, uint64_t number, const char *after) {
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    append(result, (m4fw_text){digits + at, sizeof digits - at});
    append(result, text_of(after));
}

static m4fw_code fail(m4fw_result *result, m4fw_code code, const char *front, m4fw_text name,
                      uint64_t offset) {
    *result = (m4fw_result){code, "", offset};
    append(result, text_of(front));
    append(result, name);
    return code;
}

static uint64_t get(const uint8_t *bytes, unsigned count) {
    uint64_t number = 0;
    while (count-- > 0) number = number << 8 | bytes[count];
    return number;
}

static uint8_t *put(uint8_t *bytes, unsigned count, uint64_t number) {
    for (; count > 0; count--, number >>= 8) *bytes++ = (uint8_t)number;
    return bytes;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t length) {
    memcpy(at, bytes, length);
    return at + length;
}

/* Numbers one after the other, each with as many bytes as its digit in `sizes` says. */
static uint8_t *pack(uint8_t *at, const char *sizes, const uint64_t *numbers) {
    while (*sizes != 0) at = put(at, (unsigned)(*sizes++ - '0'), *numbers++);
    return at;
}

static uint64_t ceiling(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

/* Copies bytes of the file, once: what is mapped may change. */
static m4fw_code load(const m4fw_image *image, uint64_t offset, uint8_t *into, size_t length) {
    const m4fw_source *s = image->source;
    int good = length <= s->size && offset <= s->size - length;
    if (good && s->mapped != NULL) memcpy(into, s->mapped + offset, length);
    if (good && s->mapped == NULL) good = length == 0 || s->read(s->context, offset, into, length);
    REFUSE_AT(!good, READ_FAILED, "", text_of(""), offset);
    return M4FW_OK;
}

/* ---- Checksums ---- */
static uint32_t shift_byte(uint32_t crc, uint32_t polynomial) {
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
    return crc;
}

/* Eight tables, so that eight bytes are taken at a time. */
static void make_crc_table(uint32_t (*table)[256]) {
    for (uint32_t i = 0; i < 8 * 256; i++) {
        uint32_t crc = i < 256 ? 0 : table[i / 256 - 1][i % 256];
        table[i / 256][i % 256] =
            i < 256 ? shift_byte(i, UINT32_C(0xedb88320)) : crc >> 8 ^ table[0][crc & 255];
    }
}

/* CRC-32 of ZIP, on from that of what came before, 0 for nothing. */
static uint32_t crc32_of(uint32_t (*table)[256], uint32_t crc, const uint8_t *p, size_t length) {
    crc = ~crc;
    for (; length >= 8; p += 8, length -= 8) {
        uint32_t low = crc ^ (uint32_t)get(p, 4);
        crc = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^
              table[4][low >> 24] ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
              table[0][p[7]];
    }
    while (length-- > 0) crc = crc >> 8 ^ table[0][(crc ^ *p++) & 255];
    return ~crc;
}

/* CRC-32C (Castagnoli) of a few bytes. */
static uint32_t crc32c_of(const uint8_t *p, size_t length) {
    uint32_t crc = 0xffffffff;
    for (; length > 0; length--) crc = shift_byte(crc ^ *p++, UINT32_C(0x82f63b78));
    return ~crc;
}

/* ---- Canonical JSON: the form ---- */
/* Where a reader of JSON is; what to fail with, at which key, once the form was checked. */
typedef struct {
    const uint8_t *text;
    size_t length, at;
    const m4fw_image *image;
    m4fw_code code;
    const char *prefix, *key;
} reader;

static int peek(const reader *f, size_t ahead) {
    return ahead < f->length - f->at ? f->text[f->at + ahead] : -1;
}

static int take(reader *f, char c) {
    if (peek(f, 0) != (uint8_t)c) return 0;
    f->at++;
    return 1;
}

/* Takes a text, or as much of it as is there. */
static int take_all(reader *f, const char *text) {
    while (*text != 0 && take(f, *text)) text++;
    return *text == 0;
}

/* The character that an escape stands for, -1 if it is none or not the shortest. */
static int escaped(const reader *f, size_t *bytes) {
    static const char letters[] = "btnfr\"\\", meaning[] = "\b\t\n\f\r\"\\";
    int letter = peek(f, 1), high = peek(f, 4), low = peek(f, 5);
    *bytes = 2;
    for (size_t i = 0; letters[i] != 0; i++) {
        if (letter == letters[i]) return meaning[i];
    }
    *bytes = 6;
    if (letter != 'u' || peek(f, 2) != '0' || peek(f, 3) != '0' || (high != '0' && high != '1') ||
        low < 0 || !in_set((uint8_t)low, "0-9a-f")) {
        return -1;
    }
    int c = (high - '0') * 16 + (low <= '9' ? low - '0' : low - 'a' + 10);
    return c != 0 && strchr("\b\t\n\f\r", c) != NULL ? -1 : c;
}

/* The code point here, escaped or in UTF-8, and how many bytes it takes; -1 if it is wrong. */
static int32_t code_point(const reader *f, size_t *bytes) {
    int first = peek(f, 0);
    if (first == '\\') return escaped(f, bytes);
    if (first < 0x20 || (first >= 0x80 && first < 0xc2) || first > 0xf4) return -1;
    size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    int32_t point = more == 0 ? first : first & (0x3f >> more);
    for (size_t i = 1; i <= more; i++) {
        int next = peek(f, i);
        if (next < 0x80 || next > 0xbf) return -1;
        point = point << 6 | (next & 0x3f);
    }
    *bytes = more + 1;
    return (more == 2 && point < 0x800) || (more == 3 && point < 0x10000) || point > 0x10ffff ||
                   (point >= 0xd800 && point < 0xe000)
               ? -1
               : point;
}

static int form_string(reader *f) {
    if (!take(f, '"')) return 0;
    while (!take(f, '"')) {
        size_t bytes;
        if (code_point(f, &bytes) < 0) return 0;
        f->at += bytes;
    }
    return 1;
}

/* Where a code point stands in the order of UTF-16: those beyond 0xffff begin with a surrogate. */
static int32_t rank(int32_t point) {
    return point > 0xffff ? 0xd800 + ((point - 0x10000) >> 10) : point;
}

/* Whether the key that begins at `a` comes before the one at `b`; both were read. */
static int key_before(const reader *f, size_t a, size_t b) {
    reader x = *f, y = *f;
    x.at = a + 1;
    y.at = b + 1;
    for (;;) {
        int end_x = peek(&x, 0) == '"', end_y = peek(&y, 0) == '"';
        if (end_x || end_y) return end_x && !end_y;
        size_t nx, ny;
        int32_t px = code_point(&x, &nx), py = code_point(&y, &ny);
        if (px != py) return rank(px) != rank(py) ? rank(px) < rank(py) : px < py;
        x.at += nx;
        y.at += ny;
    }
}

static int form_integer(reader *f) {
    size_t start = f->at;
    int negative = take(f, '-');
    if (!negative && take(f, '0')) return 1;
    uint64_t number = 0;
    size_t first = f->at;
    while (f->at - first <= 16 && peek(f, 0) >= '0' && peek(f, 0) <= '9') {
        number = number * 10 + (uint64_t)(f->text[f->at++] - '0');
    }
    if (number == 0 || f->text[first] == '0' || f->at - first > 16 || number > MAX_INTEGER) {
        f->at = start;
        return 0;
    }
    return 1;
}

/* Recursion ends at 32. At a deviation, f->at is where it is. */
static int form_value(reader *f, int depth) {
    int c = peek(f, 0), object = c == '{';
    if (c == '"') return form_string(f);
    if (c == 't') return take_all(f, "true");
    if (c == 'f') return take_all(f, "false");
    if (c == 'n') return take_all(f, "null");
    if (!object && c != '[') return form_integer(f);
    if (depth == 32) return 0;
    f->at++;
    if (take(f, object ? '}' : ']')) return 1;
    size_t before = 0;
    do {
        size_t start = f->at;
        if (object) {
            if (!form_string(f)) return 0;
            if ((before != 0 && !key_before(f, before, start)) || f->at - start - 2 > 1024) {
                f->at = start;
                return 0;
            }
            before = start;
            if (!take(f, ':')) return 0;
        }
        if (!form_value(f, depth + 1)) return 0;
    } while (take(f, ','));
    return take(f, object ? '}' : ']');
}

/* A reader of a text, in which a wrong value has one code and a wrong form another. */
static m4fw_code start(reader *r, m4fw_text json, m4fw_code form, const char *item) {
    r->text = json.text;
    r->length = json.length;
    if (!form_value(r, 0) || r->at < r->length) {
        return fail(r->image->result, form, item, text_of(""), r->at);
    }
    r->at = 0;
    return M4FW_OK;
}

/* ---- Canonical JSON: the values ---- */
/* A member of an object: how it is read, where to, within which bounds. */
typedef struct member {
    const char *name; /* empty for a text in a list, NULL after the last member */
    m4fw_code (*read)(reader *, const struct member *, void *into);
    size_t at;
    uint64_t least, most, step; /* a number is the least and some steps */
    int (*valid)(m4fw_text);
    const struct member *inner; /* of an object, or of each element of a list */
} member;

#define OTHER(name, read, at, least, most, inner) {name, read, at, least, most, 0, NULL, inner}
#define TEXT(name, of, field, valid) {name, read_text, offsetof(of, field), 0, 0, 0, valid, NULL}
#define NUMBER(name, of, field, least, most, step) \
    {name, read_number, offsetof(of, field), least, most, step, NULL, NULL}
#define VALUE(name, of, field, valid) {name, read_value, offsetof(of, field), 0, 0, 0, valid, NULL}
#define ANY(name, of, field) NUMBER(name, of, field, 0, MAX_INTEGER, 1)
#define LAST {NULL, NULL, 0, 0, 0, 0, NULL, NULL}

static m4fw_code need(reader *r, int condition) {
    if (condition) return M4FW_OK;
    fail(r->image->result, r->code, r->prefix, text_of(r->key), 0);
    append(r->image->result, text_of(" before byte "));
    append_number(r->image->result, r->at, "");
    return r->code;
}

/* An object with exactly these members, sorted by name; only `created` may be missing. */
static m4fw_code read_object(reader *r, const member *m, void *base) {
    for (char before = '{'; m->name != NULL; m++, before = ',') {
        if (strcmp(m->name, "created") == 0 && peek(r, 2) != 'c') continue;
        r->key = m->name;
        TRY(need(r, take(r, before) && take(r, '"') && take_all(r, m->name) &&
                        take_all(r, "\":")));
        TRY(m->read(r, m, (uint8_t *)base + m->at));
    }
    r->key = "";
    return need(r, take(r, '}'));
}

/* The same inside of another one. */
static m4fw_code read_inner(reader *r, const member *m, void *into) {
    return read_object(r, m->inner, into);
}

static m4fw_code read_number(reader *r, const member *m, void *into) {
    uint64_t number = 0;
    TRY(need(r, peek(r, 0) >= '0' && peek(r, 0) <= '9'));
    while (peek(r, 0) >= '0' && peek(r, 0) <= '9') {
        number = number * 10 + (uint64_t)(r->text[r->at++] - '0');
    }
    *(uint64_t *)into = number;
    return need(r, number >= m->least && number <= m->most && (number - m->least) % m->step == 0);
}

/* What is between the quotes, escapes as they are; none of the valid texts has any. */
static m4fw_code read_text(reader *r, const member *m, void *into) {
    size_t start = r->at + 1;
    TRY(need(r, form_string(r)));
    m4fw_text t = {r->text + start, r->at - 1 - start};
    *(m4fw_text *)into = t;
    return need(r, m->valid(t));
}

/* Any value, as it is written. */
static m4fw_code read_value(reader *r, const member *m, void *into) {
    size_t start = r->at;
    form_value(r, 0);
    m4fw_text t = {r->text + start, r->at - start};
    *(m4fw_text *)into = t;
    return need(r, m->valid(t));
}

/* An element of a list: a target, a signature, or what is required; sorted by the first two. */
typedef struct {
    m4fw_text first, second, base64;
    uint64_t threshold;
} element;

static m4fw_code read_element(reader *r, const member *inner, element *into) {
    *into = (element){0};
    return inner->name[0] != 0 ? read_object(r, inner, into) : read_text(r, inner, into);
}

/* A list with as many elements as the bounds say, in ascending order; gives its text. */
static m4fw_code read_list(reader *r, const member *m, void *into) {
    size_t start = r->at, count = 0;
    element now, before = {0};
    TRY(need(r, take(r, '[')));
    for (; m->least > 0 || count > 0 || peek(r, 0) != ']'; count++, before = now) {
        TRY(need(r, count < m->most));
        TRY(read_element(r, m->inner, &now));
        int order = compare(before.first, now.first);
        TRY(need(r, order < 0 || (order == 0 && compare(before.second, now.second) < 0)));
        if (!take(r, ',')) break;
    }
    *(m4fw_text *)into = (m4fw_text){r->text + start, r->at + 1 - start};
    return need(r, take(r, ']'));
}

/* Of a list that was read before, its text being what is left: 1 and the next element, or 0. */
static int next(m4fw_text *list, const member *inner, element *into) {
    m4fw_result ignored;
    m4fw_image image = {.result = &ignored};
    reader r = {list->text, list->length, 1, &image, M4FW_MANIFEST_FIELD, "", ""};
    if (list->length < 2 || list->text[1] == ']') return 0;
    if (read_element(&r, inner, into) != M4FW_OK) return 0;
    *list = (m4fw_text){r.text + r.at, r.length - r.at};
    return 1;
}

/* ---- Base64 ---- */
/* Decodes the one form that an encoder writes, or only checks it; SIZE_MAX for any other. */
static size_t decode(m4fw_text t, uint8_t *into) {
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t padding = 0, length = 0;
    if (t.length % 4 != 0) return SIZE_MAX;
    while (padding < 2 && padding < t.length && t.text[t.length - 1 - padding] == '=') padding++;
    for (size_t i = 0; i < t.length; i += 4) {
        size_t missing = i + 4 == t.length ? padding : 0;
        uint32_t bits = 0;
        for (size_t j = 0; j < 4 - missing; j++) {
            const char *at = memchr(set, t.text[i + j], 64);
            if (at == NULL) return SIZE_MAX;
            bits |= (uint32_t)(at - set) << (18 - 6 * j);
        }
        if ((bits & ((UINT32_C(1) << 8 * missing) - 1)) != 0) return SIZE_MAX;
        for (size_t j = 0; j < 3 - missing; j++, length++) {
            if (into != NULL) into[length] = (uint8_t)(bits >> (16 - 8 * j));
        }
    }
    return length;
}

/* ---- Step 1: the header ---- */
/* What the steps hand on to each other. */
typedef struct {
    uint64_t slot, length; /* of the envelope */
    const char *kind;
    unsigned kind_number;
    m4fw_text type, payload, signatures; /* the last as from [ to ] */
} opening;

static m4fw_code read_header(const m4fw_image *image, opening *o) {
    static const char *const kinds[] = {"image", "adapter", "delta"};
    uint8_t h[116] = {0};
    uint64_t size = image->source->size;
    if (size >= 64 + 8) TRY(load(image, 64, h, size < 64 + sizeof h ? 8 : sizeof h));
    REFUSE_AT(memcmp(h, "\x89" "FMW\r\n\x1a\n", 8) != 0, NOT_AN_IMAGE, "", text_of(""), 64);
    REFUSE(size < ENVELOPE_AT + MIN_SLOT, TRUNCATED, "");
    REFUSE(get(h + 8, 4) != 1, UNSUPPORTED_VERSION, "header");
    REFUSE(get(h + 112, 4) != crc32c_of(h, 112), HEADER_CHECKSUM, "header");
    REFUSE(get(h + 12, 4) != 4032, HEADER_FIELD, "header: header length");
    REFUSE(get(h + 16, 8) > INT64_MAX, HEADER_FIELD, "header: file size");
    REFUSE(size < get(h + 16, 8), TRUNCATED, "");
    REFUSE(size > get(h + 16, 8), TRAILING_BYTES, "");
    REFUSE(get(h + 24, 8) != ENVELOPE_AT, HEADER_FIELD, "header: envelope offset");
    o->slot = get(h + 32, 8);
    REFUSE(o->slot < MIN_SLOT || o->slot > MAX_SLOT || o->slot % BLOCK != 0, HEADER_FIELD,
           "header: envelope slot");
    REFUSE(size < ENVELOPE_AT + o->slot, TRUNCATED, "");
    o->length = get(h + 40, 8);
    REFUSE(o->length < 1 || o->length > o->slot, HEADER_FIELD, "header: envelope length");
    o->kind_number = (unsigned)get(h + 74, 2);
    REFUSE(o->kind_number < 1 || o->kind_number > 3, HEADER_FIELD, "header: kind");
    o->kind = kinds[o->kind_number - 1];
    return M4FW_OK;
}

/* ---- Step 2: the envelope ---- */
/* 1 to 128 visible characters. */
static int is_visible(m4fw_text t) {
    reader r = {.text = t.text, .length = t.length};
    size_t count = 0, bytes;
    for (; r.at < r.length; r.at += bytes, count++) {
        int32_t c = code_point(&r, &bytes);
        if (c < 0x21 || c > 0x7e) return 0;
    }
    return count >= 1 && count <= 128;
}

static int is_key_id(m4fw_text t) {
    return is_word(t, "A-Za-z0-9._:+/=-", "A-Za-z0-9._:+/=-", 128);
}

static int is_base64(m4fw_text t) { return decode(t, NULL) != SIZE_MAX; }
static int is_signature(m4fw_text t) { return decode(t, NULL) - 1 < 65536; }

static const member SIGNATURE[] = {
    TEXT("keyid", element, first, is_key_id),
    TEXT("sig", element, base64, is_signature), LAST,
};
static const member ENVELOPE[] = {
    TEXT("payload", opening, payload, is_base64),
    TEXT("payloadType", opening, type, is_visible),
    OTHER("signatures", read_list, offsetof(opening, signatures), 0, 32, SIGNATURE), LAST,
};

static m4fw_code read_envelope(const m4fw_image *image, m4fw_text json, opening *o) {
    reader r = {.image = image, .code = M4FW_ENVELOPE_FIELD, .prefix = "envelope: ", .key = ""};
    TRY(start(&r, json, M4FW_ENVELOPE_NOT_CANONICAL, "envelope"));
    TRY(read_object(&r, ENVELOPE, o));
    int nobody = o->signatures.length == 2, delta = is(o->type, PAYLOAD_TYPE "delta.v1+json");
    r.key = "signatures";
    TRY(need(&r, nobody || !delta));
    REFUSE(nobody && !delta, ENVELOPE_UNSIGNED, "envelope");
    m4fw_result expected = {M4FW_OK, PAYLOAD_TYPE, 0};
    append(&expected, text_of(o->kind));
    append(&expected, text_of(".v1+json"));
    r.key = "payloadType";
    return need(&r, is(o->type, expected.item));
}

/* ---- Step 3: the manifest ---- */
static int is_version(m4fw_text t) {
    size_t at = 0, n;
    for (int part = 0; part < 3; part++) {
        if (part > 0 && (at == t.length || t.text[at++] != '.')) return 0;
        for (n = 0; at < t.length && in_set(t.text[at], "0-9"); n++) at++;
        if (n < 1 || n > 9 || (t.text[at - n] == '0' && n > 1)) return 0;
    }
    for (const char *mark = "-+"; *mark != 0; mark++) {
        if (at == t.length || t.text[at] != (uint8_t)*mark) continue;
        for (n = 0, at++; at < t.length && in_set(t.text[at], "0-9A-Za-z.-"); n++) at++;
        if (n < 1 || n > 64) return 0;
    }
    return at == t.length;
}

/* What every file system can hold: no "..", no dot at the end, no device of Windows. */
static int is_file_name(m4fw_text t) {
    static const char *const devices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
    for (size_t i = 0; i < t.length; i++) {
        if (t.text[i] == '.' && (i + 1 == t.length || t.text[i + 1] == '.')) return 0;
    }
    for (size_t d = 0; d < 6; d++) {
        size_t n = d < 4 ? 3 : 4;
        if (t.length >= n && memcmp(t.text, devices[d], 3) == 0 &&
            (n == 3 || in_set(t.text[3], "0-9")) && (t.length == n || t.text[n] == '.')) {
            return 0;
        }
    }
    return 1;
}

static int is_path(m4fw_text t) {
    size_t start = 0;
    for (size_t i = 0; i <= t.length; i++) {
        if (i < t.length && t.text[i] != '/') continue;
        m4fw_text part = {t.text + start, i - start};
        if (!is_word(part, "a-z0-9_", "a-z0-9._-", MAX_NAME) || !is_file_name(part)) return 0;
        start = i + 1;
    }
    return 1;
}

static int is_lower(m4fw_text t) { return is_word(t, "a-z0-9", "a-z0-9._-", 64); }
static int is_id(m4fw_text t) { return is_lower(t) && is_file_name(t); }
static int is_domain(m4fw_text t) { return is_lower(t) && t.length <= 32; }
static int is_product(m4fw_text t) { return is_word(t, "A-Za-z0-9", "A-Za-z0-9._-", 128); }
static int is_module(m4fw_text t) { return t.length == 0 || (is_product(t) && t.length <= 64); }
static int is_kind(m4fw_text t) { return is(t, "image") || is(t, "adapter") || is(t, "delta"); }
static int is_schema(m4fw_text t) { return is(t, "m4fw.manifest/1"); }
static int is_object(m4fw_text t) { return t.text[0] == '{'; }
static int is_boolean(m4fw_text t) { return is(t, "true") || is(t, "false"); }
static int is_class(m4fw_text t) { return is(t, "classical") || is(t, "post-quantum"); }

static int is_media(m4fw_text t) {
    const uint8_t *slash = memchr(t.text, '/', t.length);
    if (slash == NULL) return 0;
    m4fw_text type = {t.text, (size_t)(slash - t.text)};
    m4fw_text sub = {slash + 1, t.length - type.length - 1};
    return is_word(type, "a-z0-9", "a-z0-9!#$&^_.+-", 64) &&
           is_word(sub, "a-z0-9", "a-zA-Z0-9!#$&^_.+;= -", 64);
}

static int is_digest(m4fw_text t) {
    m4fw_text hex = {t.text + 7, t.length - 7};
    return t.length == 7 + 2 * HASH && memcmp(t.text, "sha256:", 7) == 0 &&
           is_word(hex, "0-9a-f", "0-9a-f", 2 * HASH);
}

static m4fw_code read_required(reader *r, const member *m, void *into) {
    m4fw_image *image = into;
    member list = *m;
    if (is(image->kind, "delta")) list.least = list.most = 0; /* as nobody signs it */
    return read_list(r, &list, &image->required);
}

static m4fw_code read_sections(reader *r, const member *m, void *into) {
    m4fw_image *image = into;
    size_t count = 0;
    TRY(need(r, take(r, '[')));
    do {
        REFUSE(count == image->room, WORKSPACE_TOO_SMALL, "");
        m4fw_section *s = &image->sections[count];
        TRY(read_object(r, m->inner, s));
        TRY(need(r, 5 + s->id.length + s->name.length <= MAX_NAME && count++ < m->most));
    } while (take(r, ','));
    image->section_count = count;
    return need(r, take(r, ']'));
}

static const member LAYOUT[] = {
    ANY("central_directory_length", m4fw_image, directory_length),
    ANY("central_directory_offset", m4fw_image, directory_offset),
    NUMBER("envelope_offset", m4fw_image, constant, ENVELOPE_AT, ENVELOPE_AT, 1),
    NUMBER("envelope_slot", m4fw_image, slot, MIN_SLOT, MAX_SLOT, BLOCK),
    ANY("file_size", m4fw_image, file_size),
    ANY("first_section_offset", m4fw_image, first_section_offset),
    NUMBER("log2_align", m4fw_image, log2_align, 14, 16, 2),
    NUMBER("log2_verity", m4fw_image, constant, 12, 12, 1),
    NUMBER("major", m4fw_image, constant, 1, 1, 1),
    NUMBER("minor", m4fw_image, constant, 0, 0, 1), LAST,
};
static const member REQUIRED[] = {
    TEXT("algorithm", element, second, is_class), TEXT("role", element, first, is_lower),
    NUMBER("threshold", element, threshold, 1, 16, 1), LAST,
};
static const member ROLLBACK[] = {
    TEXT("domain", m4fw_image, rollback_domain, is_domain),
    ANY("index", m4fw_image, rollback_index), LAST,
};
static const member TARGET[] = {TEXT("", element, first, is_lower), LAST};
static const member SECTIONS[] = {
    NUMBER("crc32", m4fw_section, crc32, 0, UINT32_MAX, 1),
    TEXT("fsv", m4fw_section, fsv, is_digest), TEXT("id", m4fw_section, id, is_id),
    ANY("length", m4fw_section, length), TEXT("media", m4fw_section, media, is_media),
    TEXT("module", m4fw_section, module, is_module), TEXT("name", m4fw_section, name, is_path),
    ANY("offset", m4fw_section, offset), TEXT("role", m4fw_section, role, is_lower),
    OTHER("targets", read_list, offsetof(m4fw_section, targets), 0, 64, TARGET),
    NUMBER("tree_crc32", m4fw_section, tree_crc32, 0, UINT32_MAX, 1),
    ANY("tree_length", m4fw_section, tree_length),
    ANY("tree_offset", m4fw_section, tree_offset), LAST,
};
static const member MANIFEST[] = {
    ANY("build", m4fw_image, build), VALUE("content", m4fw_image, content, is_object),
    ANY("created", m4fw_image, constant),
    VALUE("development", m4fw_image, development_text, is_boolean),
    TEXT("kind", m4fw_image, kind, is_kind), OTHER("layout", read_inner, 0, 0, 0, LAYOUT),
    TEXT("product", m4fw_image, product, is_product),
    OTHER("required_signatures", read_required, 0, 1, 64, REQUIRED),
    OTHER("rollback", read_inner, 0, 0, 0, ROLLBACK),
    TEXT("schema", m4fw_image, schema, is_schema),
    OTHER("sections", read_sections, 0, 1, 4096, SECTIONS),
    TEXT("version", m4fw_image, version, is_version), LAST,
};

static m4fw_code read_manifest(m4fw_image *image, m4fw_text json, const opening *o) {
    reader r = {.image = image, .code = M4FW_MANIFEST_FIELD, .prefix = "manifest: ", .key = ""};
    TRY(start(&r, json, M4FW_MANIFEST_NOT_CANONICAL, "manifest"));
    TRY(read_object(&r, MANIFEST, image));
    image->development = is(image->development_text, "true");
    for (size_t i = 1; i < image->section_count; i++) {
        for (size_t j = 0; j < i; j++) {
            m4fw_text id = image->sections[i].id;
            REFUSE_AT(compare(id, image->sections[j].id) == 0, DUPLICATE_SECTION, "", id, 0);
        }
    }
    r.key = "kind";
    return need(&r, is(image->kind, o->kind));
}

/* ---- Step 4: places ---- */
/* The number of blocks of each level of a tree, the root's first; gives the number of levels. */
static size_t tree_shape(uint64_t length, uint64_t levels[MAX_LEVELS]) {
    size_t count = 0;
    for (uint64_t blocks = ceiling(length, BLOCK); blocks > 1; count++) {
        blocks = ceiling(blocks, FAN_OUT);
        memmove(levels + 1, levels, count * sizeof *levels);
        levels[0] = blocks;
    }
    return count;
}

static uint64_t tree_length(uint64_t length) {
    uint64_t levels[MAX_LEVELS], blocks = 0;
    for (size_t i = tree_shape(length, levels); i > 0; i--) blocks += levels[i - 1];
    return blocks * BLOCK;
}

/* An entry of the archive: what it is, where it has to be. */
typedef struct {
    m4fw_result name; /* in its item */
    uint64_t crc, header_at, content_at, length, align;
    const char *front;
    m4fw_text id; /* of the section */
} entry;

/* The entry with this number: header, envelope, then tree and bytes of each section. */
static entry entry_of(const m4fw_image *image, const uint32_t crcs[2], size_t number) {
    if (number == 0) return (entry){{M4FW_OK, "FMW-HEADER", 0}, crcs[0], 0, 64, 4032, 64, "", {0}};
    entry e = {{M4FW_OK, "META-INF/envelope.json", 0}, crcs[1], BLOCK, ENVELOPE_AT, image->slot,
               BLOCK, "", {0}};
    if (number == 1) return e;
    const m4fw_section *s = &image->sections[number / 2 - 1];
    uint64_t before = number < 4 ? image->first_section_offset : s[-1].offset + s[-1].length;
    entry tree = {{M4FW_OK, "verity/", 0}, s->tree_crc32, before, s->tree_offset, s->tree_length,
                  BLOCK, TREE, s->id};
    entry data = {{M4FW_OK, "sec/", 0}, s->crc32, s->tree_offset + s->tree_length, s->offset,
                  s->length, UINT64_C(1) << image->log2_align, SECTION, s->id};
    e = number % 2 == 0 ? tree : data;
    append(&e.name, s->id);
    append(&e.name, text_of(number % 2 == 0 ? ".tree" : "/"));
    append(&e.name, number % 2 == 0 ? text_of("") : s->name);
    return e;
}

static m4fw_code check_places(const m4fw_image *image, uint64_t slot) {
    static const uint32_t none[2];
    uint64_t first = image->first_section_offset, limit = image->directory_offset;
    uint64_t at = first, directory = 0, size = image->source->size;
    size_t count = 2 + 2 * image->section_count;
    REFUSE(image->file_size != size, LAYOUT_FIELD, "manifest: file_size");
    REFUSE(image->slot != slot, LAYOUT_FIELD, "manifest: envelope_slot");
    REFUSE(limit > size, SECTION_OUT_OF_BOUNDS, "central directory");
    for (size_t i = 2; i < count; i++) {
        entry e = entry_of(image, none, i);
        uint64_t length = tree_length(image->sections[i / 2 - 1].length);
        REFUSE_AT(i % 2 == 0 && e.length != length, TREE_LENGTH, e.front, e.id, 0);
        REFUSE_AT(e.content_at % e.align != 0, SECTION_MISALIGNED, e.front, e.id, 0);
        int within = e.content_at >= first && e.content_at <= limit;
        within = within && e.length <= limit - e.content_at;
        REFUSE_AT(!within, SECTION_OUT_OF_BOUNDS, e.front, e.id, 0);
        REFUSE_AT(e.content_at < at, SECTION_OVERLAP, e.front, e.id, 0);
        at = e.content_at + e.length;
    }
    REFUSE(first != ENVELOPE_AT + slot, LAYOUT_FIELD, "manifest: first_section_offset");
    for (size_t i = 0; i < count; i++) {
        entry e = entry_of(image, none, i);
        uint64_t n = strlen(e.name.item), place = e.header_at + 30 + n + 24;
        place = ceiling(place, e.align) * e.align;
        REFUSE_AT(e.content_at != place, SECTION_MISPLACED, e.front, e.id, 0);
        directory += 46 + n + 28;
    }
    REFUSE(limit != at, LAYOUT_FIELD, "manifest: central_directory_offset");
    REFUSE(image->directory_length != directory, LAYOUT_FIELD,
           "manifest: central_directory_length");
    REFUSE(size != at + directory + 98, LAYOUT_FIELD, "manifest: file_size");
    return M4FW_OK;
}

/* ---- Step 5: framing ---- */
/* Compares bytes of the file with those that have to be there; NULL stands for zeros. */
static m4fw_code compare_bytes(const m4fw_image *image, const char *front, const char *name,
                               uint64_t offset, const uint8_t *expected, uint64_t length) {
    uint8_t found[512];
    for (uint64_t i = 0; i < length; i++) {
        size_t at = i % sizeof found, rest = sizeof found;
        if (length - i < rest) rest = (size_t)(length - i);
        if (at == 0) TRY(load(image, offset + i, found, rest));
        REFUSE_AT(found[at] != (expected == NULL ? 0 : expected[i]), FRAMING_DIFFERS, front,
                  text_of(name), offset + i);
    }
    return M4FW_OK;
}

static m4fw_code check_local(const m4fw_image *image, const entry *e) {
    static const char item[] = "local header of ";
    const char *name = e->name.item;
    uint8_t record[30 + MAX_NAME + 24];
    uint64_t n = strlen(name), extra = e->content_at - e->header_at - 30 - n;
    uint8_t *p = pack(record, "42242", (uint64_t[]){0x04034b50, 45, 0x0800, 0, 0x0021});
    p = pack(p, "4822", (uint64_t[]){e->crc, UINT64_MAX, n, extra});
    p = put_bytes(p, name, (size_t)n);
    p = pack(p, "228822", (uint64_t[]){1, 16, e->length, e->length, 0xd935, extra - 24});
    uint64_t made = (uint64_t)(p - record), zeros = e->content_at - e->header_at - made;
    TRY(compare_bytes(image, item, name, e->header_at, record, made));
    return compare_bytes(image, item, name, e->header_at + made, NULL, zeros);
}

static m4fw_code check_central(const m4fw_image *image, const entry *e, uint64_t *at) {
    uint8_t record[46 + MAX_NAME + 28];
    uint64_t n = strlen(e->name.item), made = 46 + n + 28;
    uint8_t *p = pack(record, "42224", (uint64_t[]){0x02014b50, 45, 45, 0x0800, 0});
    p = pack(p, "24822", (uint64_t[]){0x0021, e->crc, UINT64_MAX, n, 28});
    p = pack(p, "644", (uint64_t[]){0, 0, 0xffffffff});
    p = put_bytes(p, e->name.item, (size_t)n);
    pack(p, "22888", (uint64_t[]){1, 24, e->length, e->length, e->header_at});
    *at += made;
    return compare_bytes(image, "", "central directory", *at - made, record, made);
}

static m4fw_code check_end(const m4fw_image *image, uint64_t at) {
    uint8_t record[98];
    uint64_t count = 2 + 2 * (uint64_t)image->section_count;
    uint8_t *p = pack(record, "48228", (uint64_t[]){0x06064b50, 44, 45, 45, 0});
    p = pack(p, "88", (uint64_t[]){count, count});
    p = pack(p, "88", (uint64_t[]){image->directory_length, image->directory_offset});
    p = pack(p, "4484", (uint64_t[]){0x07064b50, 0, at, 1});
    pack(p, "44482", (uint64_t[]){0x06054b50, 0, 0xffffffff, UINT64_MAX, 0});
    return compare_bytes(image, "", "end of central directory", at, record, sizeof record);
}

static void make_header(const m4fw_image *image, const opening *o, uint8_t header[4032]) {
    memset(header, 0, 4032);
    uint8_t *p = pack(header, "8224", (uint64_t[]){UINT64_C(0x0a1a0a0d574d4689), 1, 0, 4032});
    p = pack(p, "8888", (uint64_t[]){image->file_size, ENVELOPE_AT, image->slot, o->length});
    p = pack(p, "88", (uint64_t[]){image->first_section_offset, image->directory_offset});
    p = pack(p, "811", (uint64_t[]){image->directory_length, image->log2_align, 12});
    p = pack(p, "24", (uint64_t[]){o->kind_number, 0});
    p = put_bytes(p, image->image_id, HASH);
    put(p, 4, crc32c_of(header, 112));
}

static m4fw_code check_framing(const m4fw_image *image, const opening *o, const uint8_t *slot) {
    size_t count = 2 + 2 * image->section_count;
    uint64_t at = image->directory_offset;
    make_header(image, o, image->scratch);
    uint32_t crcs[] = {crc32_of(image->crc_table, 0, image->scratch, 4032),
                       crc32_of(image->crc_table, 0, slot, (size_t)image->slot)};
    for (size_t i = 0; i < 2 * count; i++) {
        entry e = entry_of(image, crcs, i % count);
        TRY(i < count ? check_local(image, &e) : check_central(image, &e, &at));
        if (i == 0) TRY(compare_bytes(image, "", "header", 64, image->scratch, 4032));
    }
    return check_end(image, at);
}

/* ---- Step 6: signatures ---- */
static const struct {
    const char *prefix;
    size_t prefix_length, raw, signature;
    int post_quantum;
} algorithms[M4FW_ALGORITHMS] = {
    {"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12, 32, 64, 0},
    {"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
     "\x03\x42\x00\x04", 27, 64, 64, 0},
    {"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"
     "\x03\x62\x00\x04", 24, 96, 96, 0},
    {"\x30\x82\x07\xb2\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12\x03\x82\x07\xa1\x00",
     22, 1952, 3309, 1},
    {"\x30\x82\x0a\x32\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x13\x03\x82\x0a\x21\x00",
     22, 2592, 4627, 1},
};

m4fw_algorithm m4fw_algorithm_of(const m4fw_key *key, const uint8_t **raw) {
    for (int a = 0; a < M4FW_ALGORITHMS; a++) {
        size_t prefix = algorithms[a].prefix_length;
        if (key->spki_length == prefix + algorithms[a].raw &&
            memcmp(key->spki, algorithms[a].prefix, prefix) == 0) {
            *raw = key->spki + prefix;
            return (m4fw_algorithm)a;
        }
    }
    return M4FW_ALGORITHMS;
}

static int same_hex(const uint8_t digest[HASH], m4fw_text hex) {
    uint8_t digits[2 * HASH];
    for (size_t i = 0; i < 2 * HASH; i++) {
        digits[i] = (uint8_t)"0123456789abcdef"[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    }
    return compare((m4fw_text){digits, sizeof digits}, hex) == 0;
}

/* The key of the trust with this id, counted from `from`; key_count if there is none. */
static size_t find_key(const m4fw_image *image, const m4fw_trust *trust, m4fw_text id,
                       size_t from) {
    for (; from < trust->key_count; from++) {
        uint8_t digest[HASH];
        const m4fw_key *key = &trust->keys[from];
        image->crypto->sha256(image->crypto->context, key->spki, key->spki_length, digest);
        if (same_hex(digest, id)) break;
    }
    return from;
}

static m4fw_code check_signature(const m4fw_image *image, const m4fw_key *key, const element *one,
                                 m4fw_text message, uint8_t *bytes) {
    const uint8_t *raw;
    m4fw_algorithm a = m4fw_algorithm_of(key, &raw);
    REFUSE_AT(a == M4FW_ALGORITHMS, KEY_UNUSABLE, SIGNER, one->first, 0);
    int fits = decode(one->base64, bytes) == algorithms[a].signature;
    REFUSE_AT(!fits, SIGNATURE_LENGTH, SIGNER, one->first, 0);
    m4fw_verify_signature verify = image->crypto->verify[a];
    REFUSE_AT(verify == NULL, ALGORITHM_MISSING, SIGNER, one->first, 0);
    int good = verify(image->crypto->context, raw, message.text, message.length, bytes) == 1;
    REFUSE_AT(!good, BAD_SIGNATURE, SIGNER, one->first, 0);
    return M4FW_OK;
}

/* Whether enough different keys of a role and class signed; all signatures were checked. */
static m4fw_code enough(const m4fw_image *image, const m4fw_trust *trust, m4fw_text list,
                        m4fw_text role, int post_quantum, uint64_t threshold, m4fw_code code) {
    element one;
    const uint8_t *raw;
    uint64_t count = 0;
    while (next(&list, SIGNATURE, &one)) {
        size_t k = find_key(image, trust, one.first, 0);
        for (; k < trust->key_count; k = find_key(image, trust, one.first, k + 1)) {
            m4fw_algorithm a = m4fw_algorithm_of(&trust->keys[k], &raw);
            if (a != M4FW_ALGORITHMS && algorithms[a].post_quantum == post_quantum &&
                is(role, trust->keys[k].role)) {
                count++;
                break;
            }
        }
    }
    if (count >= threshold) return M4FW_OK;
    fail(image->result, code, post_quantum ? "post-quantum" : "classical",
         text_of(" signatures in the role '"), 0);
    append(image->result, role);
    append(image->result, text_of("'"));
    return code;
}

static m4fw_code check_signatures(const m4fw_image *image, const m4fw_trust *trust,
                                  const opening *o, m4fw_text message, uint8_t *bytes) {
    m4fw_text signatures = o->signatures, list = image->required;
    element one;
    REFUSE(image->development && !trust->allow_development, DEVELOPMENT_IMAGE, "");
    REFUSE(image->development && !trust->development, ROOT_FOR_RELEASES, "");
    REFUSE(trust->development && !image->development, ROOT_FOR_DEVELOPMENT, "");
    while (next(&signatures, SIGNATURE, &one)) {
        size_t k = find_key(image, trust, one.first, 0);
        int known = k < trust->key_count;
        if (known) TRY(check_signature(image, &trust->keys[k], &one, message, bytes));
        REFUSE_AT(!known && !trust->allow_unknown_signatures, UNKNOWN_SIGNER, SIGNER, one.first, 0);
    }
    REFUSE(trust->required_count == 0, TOO_FEW_FOR_ROOT, "");
    for (size_t i = 0; i < trust->required_count; i++) {
        const m4fw_requirement *must = &trust->required[i];
        TRY(enough(image, trust, o->signatures, text_of(must->role), must->post_quantum != 0,
                   must->threshold, M4FW_TOO_FEW_FOR_ROOT));
    }
    while (next(&list, REQUIRED, &one)) {
        TRY(enough(image, trust, o->signatures, one.first, is(one.second, "post-quantum"),
                   one.threshold, M4FW_TOO_FEW_FOR_PAYLOAD));
    }
    return M4FW_OK;
}

/* ---- Steps 1 to 6 ---- */
#define CRC_TABLES (8 * 256 * sizeof(uint32_t))
#define FRONT 128 /* room for what DSSE puts before the payload */

/*
 * The workspace: CRC tables, two blocks, the slot, "DSSEv1 ... " and the payload, the signature at
 * hand (with the payload at most 3/4 of the slot), the table of sections, each of which takes at
 * least 190 bytes of payload.
 */
static size_t workspace_for(uint64_t slot) {
    size_t payload = (size_t)slot / 4 * 3;
    size_t table = (payload / 190 + 1) * sizeof(m4fw_section);
    return CRC_TABLES + 2 * BLOCK + (size_t)slot + FRONT + payload + table + 64;
}

size_t m4fw_workspace(const m4fw_source *source) {
    opening o;
    m4fw_result ignored;
    m4fw_image image = {.source = source, .result = &ignored};
    return read_header(&image, &o) == M4FW_OK ? workspace_for(o.slot) : 0;
}

/* DSSE's pre-authentication encoding, its front made to end where the payload begins. */
static m4fw_text message_of(m4fw_text type, uint8_t *payload, size_t length) {
    m4fw_result front = {M4FW_OK, "DSSEv1 ", 0};
    append_number(&front, type.length, " ");
    append(&front, type);
    append(&front, text_of(" "));
    append_number(&front, length, " ");
    size_t n = strlen(front.item);
    memcpy(payload - n, front.item, n);
    return (m4fw_text){payload - n, n + length};
}

static uint8_t *aligned(uint8_t *at) { return at + (16 - (uintptr_t)at % 16) % 16; }

m4fw_code m4fw_open(m4fw_image *image, const m4fw_source *source, const m4fw_crypto *crypto,
                    const m4fw_trust *trust, void *workspace, size_t workspace_size,
                    m4fw_result *result) {
    opening o = {0};
    *image = (m4fw_image){.source = source, .crypto = crypto, .result = result};
    *result = (m4fw_result){M4FW_OK, "", 0};
    TRY(read_header(image, &o));
    REFUSE(workspace_size < workspace_for(o.slot), WORKSPACE_TOO_SMALL, "");
    uint8_t *at = aligned(workspace), *last = (uint8_t *)workspace + workspace_size;
    image->crc_table = (uint32_t(*)[256])(void *)at;
    make_crc_table(image->crc_table);
    image->scratch = at + CRC_TABLES;
    uint8_t *slot = image->scratch + 2 * BLOCK, *payload = slot + o.slot + FRONT;
    TRY(load(image, ENVELOPE_AT, slot, (size_t)o.slot));
    for (uint64_t i = o.length; i < o.slot; i++) {
        REFUSE_AT(slot[i] != 0x20, SLOT_PADDING, "envelope ", text_of("slot"), ENVELOPE_AT + i);
    }
    TRY(read_envelope(image, (m4fw_text){slot, (size_t)o.length}, &o));
    m4fw_text json = {payload, decode(o.payload, payload)};
    at = aligned(payload + o.slot / 4 * 3);
    image->sections = (m4fw_section *)(void *)at;
    image->room = (size_t)(last - at) / sizeof(m4fw_section);
    TRY(read_manifest(image, json, &o));
    TRY(check_places(image, o.slot));
    crypto->sha256(crypto->context, payload, json.length, image->image_id);
    TRY(check_framing(image, &o, slot));
    m4fw_text message = message_of(o.type, payload, json.length);
    return check_signatures(image, trust, &o, message, payload + json.length);
}

/* ---- Step 8: sections ---- */
static m4fw_code check_digest(const m4fw_image *image, const m4fw_section *s,
                              const uint8_t root[HASH]) {
    uint8_t descriptor[256] = {1, 1, 12}, digest[HASH];
    put(descriptor + 8, 8, s->length);
    if (s->length > 0) memcpy(descriptor + 16, root, HASH); /* for no bytes, it is zeros */
    image->crypto->sha256(image->crypto->context, descriptor, sizeof descriptor, digest);
    m4fw_text hex = {s->fsv.text + 7, 2 * HASH};
    REFUSE_AT(!same_hex(digest, hex), ROOT_MISMATCH, SECTION, s->id, 0);
    return M4FW_OK;
}

/* Copies a block, fills it up with zeros, and hashes it. */
static m4fw_code copy_block(const m4fw_image *image, uint64_t offset, size_t length,
                            uint8_t block[BLOCK], uint8_t hash[HASH]) {
    TRY(load(image, offset, block, length));
    memset(block + length, 0, BLOCK - length);
    image->crypto->sha256(image->crypto->context, block, BLOCK, hash);
    return M4FW_OK;
}

/* Copies the block of the tree that holds a data block's hash, checked from the root down. */
static m4fw_code copy_leaf(const m4fw_image *image, const m4fw_section *s, uint64_t index,
                           uint8_t leaf[BLOCK]) {
    uint64_t levels[MAX_LEVELS], at = 0, span = 1;
    size_t count = tree_shape(s->length, levels);
    uint8_t hash[HASH], expected[HASH];
    for (size_t i = 0; i < count; i++) span *= FAN_OUT;
    for (size_t i = 0; i < count; i++) {
        uint64_t place = (at + index / span) * BLOCK;
        TRY(copy_block(image, s->tree_offset + place, BLOCK, leaf, hash));
        if (i == 0) TRY(check_digest(image, s, hash));
        int same = i == 0 || memcmp(hash, expected, HASH) == 0;
        REFUSE_AT(!same, TREE_CORRUPT, SECTION, s->id, place);
        at += levels[i];
        span /= FAN_OUT;
        memcpy(expected, leaf + index / span % FAN_OUT * HASH, HASH);
    }
    return M4FW_OK;
}

/* Copies and checks a data block whose leaf is there, if the section has a tree. */
static m4fw_code copy_data(const m4fw_image *image, const m4fw_section *s, uint64_t index,
                           const uint8_t *leaf, uint8_t block[BLOCK], size_t *length) {
    uint8_t hash[HASH];
    uint64_t rest = s->length - index * BLOCK;
    *length = rest < BLOCK ? (size_t)rest : BLOCK;
    TRY(copy_block(image, s->offset + index * BLOCK, *length, block, hash));
    if (s->tree_length == 0) return check_digest(image, s, hash);
    int same = memcmp(hash, leaf + index % FAN_OUT * HASH, HASH) == 0;
    REFUSE_AT(!same, DATA_CORRUPT, SECTION, s->id, index * BLOCK);
    return M4FW_OK;
}

m4fw_code m4fw_check_section(m4fw_image *image, size_t section, m4fw_result *result) {
    const m4fw_section *s = &image->sections[section];
    uint8_t *leaf = image->scratch, *data = leaf + BLOCK;
    uint32_t crc = 0, tree_crc = 0;
    size_t length;
    image->result = result;
    for (uint64_t i = 0; i < s->tree_length; i += BLOCK) {
        TRY(load(image, s->tree_offset + i, leaf, BLOCK));
        tree_crc = crc32_of(image->crc_table, tree_crc, leaf, BLOCK);
    }
    for (uint64_t i = 0; i < ceiling(s->length, BLOCK) || i == 0; i++) {
        if (i % FAN_OUT == 0) TRY(copy_leaf(image, s, i, leaf));
        TRY(copy_data(image, s, i, leaf, data, &length));
        crc = crc32_of(image->crc_table, crc, data, length);
    }
    REFUSE_AT(crc != s->crc32, CRC_MISMATCH, SECTION, s->id, 0);
    REFUSE_AT(tree_crc != s->tree_crc32, CRC_MISMATCH, TREE, s->id, 0);
    return M4FW_OK;
}

m4fw_code m4fw_read_block(m4fw_image *image, size_t section, uint64_t index, uint8_t block[4096],
                          size_t *length, m4fw_result *result) {
    const m4fw_section *s = &image->sections[section];
    image->result = result;
    REFUSE_AT(index >= ceiling(s->length, BLOCK), DATA_CORRUPT, SECTION, s->id, s->length);
    TRY(copy_leaf(image, s, index, image->scratch));
    return copy_data(image, s, index, image->scratch, block, length);
}

m4fw_code m4fw_verify(m4fw_image *image, const m4fw_source *source, const m4fw_crypto *crypto,
                      const m4fw_trust *trust, void *workspace, size_t workspace_size,
                      m4fw_result *result) {
    TRY(m4fw_open(image, source, crypto, trust, workspace, workspace_size, result));
    for (size_t i = 0; i < image->section_count; i++) TRY(m4fw_check_section(image, i, result));
    return M4FW_OK;
}

size_t m4fw_find_section(const m4fw_image *image, const char *id) {
    size_t i = 0;
    while (i < image->section_count && !is(image->sections[i].id, id)) i++;
    return i;
}
