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
#define REFUSE(when, code, front, name, offset) \
    do { if (when) return fail_at(result, code, front, name, offset); } while (0)
#define NOTHING ((m4fw_text){NULL, 0})

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
    for (size_t i = 1; i < t.length; i++) {
        if (!in_set(t.text[i], rest)) return 0;
    }
    return 1;
}

static void append(m4fw_result *result, m4fw_text t) {
    size_t used = strlen(result->item), room = sizeof result->item - 1 - used;
    size_t count = t.length < room ? t.length : room;
    if (count > 0) memcpy(result->item + used, t.text, count);
    result->item[used + count] = 0;
}

static void append_number(m4fw_result *result, uint64_t number) {
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    append(result, (m4fw_text){digits + at, sizeof digits - at});
}

static m4fw_code fail_at(m4fw_result *result, m4fw_code code, const char *front, m4fw_text name,
                         uint64_t offset) {
    *result = (m4fw_result){code, "", offset};
    append(result, text_of(front));
    append(result, name);
    return code;
}

static m4fw_code fail(m4fw_result *result, m4fw_code code, const char *item, uint64_t offset) {
    return fail_at(result, code, item, NOTHING, offset);
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

/* Bytes that lie within the file: in place where it is mapped, else copied into the buffer. */
static const uint8_t *fetch(const m4fw_source *source, uint64_t offset, uint8_t *into,
                            size_t length) {
    if (length > source->size || offset > source->size - length) return NULL;
    if (source->mapped != NULL) return source->mapped + offset;
    return length == 0 || source->read(source->context, offset, into, length) ? into : NULL;
}

static m4fw_code unreadable(m4fw_result *result, uint64_t offset) {
    return fail(result, M4FW_READ_FAILED, "", offset);
}

/* ---- Checksums ---- */

/* Eight tables, so that eight bytes are taken at a time. */
static void make_crc_table(uint32_t (*table)[256]) {
    for (uint32_t i = 0; i < 256; i++) {
        table[0][i] = i;
        for (int bit = 0; bit < 8; bit++) {
            table[0][i] = table[0][i] >> 1 ^ (table[0][i] & 1 ? UINT32_C(0xedb88320) : 0);
        }
    }
    for (uint32_t i = 0; i < 7 * 256; i++) {
        uint32_t crc = table[i / 256][i % 256];
        table[i / 256 + 1][i % 256] = crc >> 8 ^ table[0][crc & 255];
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
    for (; length > 0; length--) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
    }
    return ~crc;
}

/* ---- Canonical JSON: the form ---- */

typedef struct {
    const uint8_t *text;
    size_t length, at;
} form;

static int peek(const form *f, size_t ahead) {
    return ahead < f->length - f->at ? f->text[f->at + ahead] : -1;
}

static int take(form *f, char c) {
    if (peek(f, 0) != (uint8_t)c) return 0;
    f->at++;
    return 1;
}

/* Takes a text, or as much of it as is there. */
static int take_all(form *f, const char *text) {
    while (*text != 0 && take(f, *text)) text++;
    return *text == 0;
}

/* The character that an escape stands for, -1 if it is none or not the shortest. */
static int escaped(const form *f, size_t *bytes) {
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
static int32_t code_point(const form *f, size_t *bytes) {
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

static int form_string(form *f) {
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
static int key_before(const form *f, size_t a, size_t b) {
    form x = {f->text, f->length, a + 1}, y = {f->text, f->length, b + 1};
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

static int form_integer(form *f) {
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
static int form_value(form *f, int depth) {
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

static m4fw_code check_form(m4fw_text json, m4fw_code code, const char *item, m4fw_result *result) {
    form f = {json.text, json.length, 0};
    return form_value(&f, 0) && f.at == f.length ? M4FW_OK : fail(result, code, item, f.at);
}

/* ---- Canonical JSON: the values, in text whose form was checked ---- */

/* Where a reader is: text, what to fail with, the path to the key at hand. */
typedef struct {
    form f;
    m4fw_code code;
    const char *prefix, *list, *key;
    size_t index;
    m4fw_result *result;
} reader;

/* A member of an object: how it is read, where to, within which bounds. */
typedef struct member {
    const char *name;
    m4fw_code (*read)(reader *, const struct member *, void *into);
    size_t at;
    uint64_t least, most;
    int (*valid)(m4fw_text);
} member;

static reader reader_of(m4fw_text json, m4fw_code code, const char *prefix, m4fw_result *result) {
    return (reader){{json.text, json.length, 0}, code, prefix, NULL, "", 0, result};
}

static m4fw_code wrong(reader *r) {
    fail(r->result, r->code, r->prefix, 0);
    if (r->list != NULL) {
        append(r->result, text_of(r->list));
        if (r->index != SIZE_MAX) {
            append(r->result, text_of("["));
            append_number(r->result, r->index);
            append(r->result, text_of("]"));
        }
        append(r->result, text_of(r->key[0] != 0 ? "." : ""));
    }
    append(r->result, text_of(r->key));
    return r->code;
}

static m4fw_code need(reader *r, int condition) { return condition ? M4FW_OK : wrong(r); }

/* An object with exactly these members, sorted by name; only `created` may be missing. */
static m4fw_code read_object(reader *r, const member *members, size_t count, void *base) {
    char before = '{';
    for (size_t i = 0; i < count; i++, before = ',') {
        const member *m = &members[i];
        if (strcmp(m->name, "created") == 0 && peek(&r->f, 2) != 'c') continue;
        r->key = m->name;
        TRY(need(r, take(&r->f, before) && take(&r->f, '"') && take_all(&r->f, m->name) &&
                        take_all(&r->f, "\":")));
        TRY(m->read(r, m, (uint8_t *)base + m->at));
    }
    r->key = "";
    return need(r, take(&r->f, '}'));
}

/* The same inside of another one. */
static m4fw_code read_inner(reader *r, const char *name, const member *members, size_t count,
                            void *base) {
    r->list = name;
    r->index = SIZE_MAX;
    TRY(read_object(r, members, count, base));
    r->list = NULL;
    return M4FW_OK;
}

static m4fw_code read_number(reader *r, const member *m, void *into) {
    uint64_t number = 0;
    TRY(need(r, peek(&r->f, 0) >= '0' && peek(&r->f, 0) <= '9'));
    while (peek(&r->f, 0) >= '0' && peek(&r->f, 0) <= '9') {
        number = number * 10 + (uint64_t)(r->f.text[r->f.at++] - '0');
    }
    *(uint64_t *)into = number;
    return need(r, number >= m->least && number <= m->most);
}

/* What is between the quotes, escapes as they are; none of the valid texts has any. */
static m4fw_code read_text(reader *r, const member *m, void *into) {
    size_t start = r->f.at + 1;
    TRY(need(r, form_string(&r->f)));
    m4fw_text t = {r->f.text + start, r->f.at - 1 - start};
    *(m4fw_text *)into = t;
    return need(r, m->valid(t));
}

static m4fw_code read_boolean(reader *r, const member *m, void *into) {
    (void)m;
    *(int *)into = take_all(&r->f, "true");
    return need(r, *(int *)into || take_all(&r->f, "false"));
}

static m4fw_code read_content(reader *r, const member *m, void *into) {
    (void)m;
    size_t start = r->f.at;
    TRY(need(r, peek(&r->f, 0) == '{' && form_value(&r->f, 1)));
    *(m4fw_text *)into = (m4fw_text){r->f.text + start, r->f.at - start};
    return M4FW_OK;
}

/* A list: how its elements are read and ordered, where two of them fit, how they are read. */
typedef struct {
    m4fw_code (*read)(reader *, const member *, void *into);
    int (*order)(const void *, const void *);
    void *pair;
    size_t size;
    const member *element;
} list_of;

/* A list with as many elements as the bounds say, in ascending order; gives its text. */
static m4fw_code read_list(reader *r, const member *m, void *into, list_of list) {
    size_t start = r->f.at, count = 0;
    uint8_t *pair = list.pair;
    TRY(need(r, take(&r->f, '[')));
    for (; m->least > 0 || count > 0 || peek(&r->f, 0) != ']'; count++) {
        if (list.element == NULL) {
            r->list = m->name;
            r->index = count;
        }
        TRY(need(r, count < m->most));
        TRY(list.read(r, list.element, pair));
        TRY(need(r, count == 0 || list.order(pair + list.size, pair) < 0));
        memcpy(pair + list.size, pair, list.size);
        if (!take(&r->f, ',')) break;
    }
    if (list.element == NULL) r->list = NULL;
    *(m4fw_text *)into = (m4fw_text){r->f.text + start, r->f.at + 1 - start};
    return need(r, take(&r->f, ']'));
}

/* ---- Base64 ---- */

static int sextet(uint8_t c) {
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = memchr(set, c, 64);
    return at == NULL ? -1 : (int)(at - set);
}

/* Decodes the one form that an encoder writes, or only checks it; 0 for any other. */
static int decode(m4fw_text t, uint8_t *into, size_t *length) {
    size_t padding = 0;
    *length = 0;
    if (t.length % 4 != 0) return 0;
    while (padding < 2 && padding < t.length && t.text[t.length - 1 - padding] == '=') padding++;
    for (size_t i = 0; i < t.length; i += 4) {
        size_t missing = i + 4 == t.length ? padding : 0;
        uint32_t bits = 0;
        for (size_t j = 0; j < 4; j++) {
            int six = j < 4 - missing ? sextet(t.text[i + j]) : 0;
            if (six < 0) return 0;
            bits = bits << 6 | (uint32_t)six;
        }
        if ((bits & ((UINT32_C(1) << 8 * missing) - 1)) != 0) return 0;
        for (size_t j = 0; j < 3 - missing; j++, ++*length) {
            if (into != NULL) into[*length] = (uint8_t)(bits >> (16 - 8 * j));
        }
    }
    return 1;
}

/* ---- Step 1: the header ---- */

static m4fw_code header_field(m4fw_result *result, int holds, const char *name) {
    return holds ? M4FW_OK : fail_at(result, M4FW_HEADER_FIELD, "header: ", text_of(name), 0);
}

/* What the steps hand on to each other. */
typedef struct {
    uint64_t slot, length; /* of the envelope */
    unsigned kind;
    m4fw_text type, payload, signatures; /* the last as from [ to ] */
} opening;

static m4fw_code read_header(const m4fw_source *source, opening *o, m4fw_result *result) {
    static const uint8_t magic[] = {0x89, 'F', 'M', 'W', '\r', '\n', 0x1a, '\n'};
    uint8_t buffer[116];
    uint64_t size = source->size;
    if (size < 64 + sizeof magic) return fail(result, M4FW_NOT_AN_IMAGE, "", 64);
    const uint8_t *h = fetch(source, 64, buffer, sizeof magic);
    if (h == NULL) return unreadable(result, 64);
    if (memcmp(h, magic, sizeof magic) != 0) return fail(result, M4FW_NOT_AN_IMAGE, "", 64);
    if (size < ENVELOPE_AT + MIN_SLOT) return fail(result, M4FW_TRUNCATED, "", 0);
    h = fetch(source, 64, buffer, sizeof buffer);
    if (h == NULL) return unreadable(result, 64);
    memmove(buffer, h, sizeof buffer); /* mapped bytes may change */
    h = buffer;
    if (get(h + 8, 4) != 1) return fail(result, M4FW_UNSUPPORTED_VERSION, "header", 0);
    REFUSE(get(h + 112, 4) != crc32c_of(h, 112), M4FW_HEADER_CHECKSUM, "header", NOTHING, 0);
    TRY(header_field(result, get(h + 12, 4) == 4032, "header length"));
    TRY(header_field(result, get(h + 16, 8) <= INT64_MAX, "file size"));
    if (size < get(h + 16, 8)) return fail(result, M4FW_TRUNCATED, "", 0);
    if (size > get(h + 16, 8)) return fail(result, M4FW_TRAILING_BYTES, "", 0);
    TRY(header_field(result, get(h + 24, 8) == ENVELOPE_AT, "envelope offset"));
    o->slot = get(h + 32, 8);
    TRY(header_field(result, o->slot >= MIN_SLOT && o->slot <= MAX_SLOT && o->slot % BLOCK == 0,
                     "envelope slot"));
    if (size < ENVELOPE_AT + o->slot) return fail(result, M4FW_TRUNCATED, "", 0);
    o->length = get(h + 40, 8);
    TRY(header_field(result, o->length >= 1 && o->length <= o->slot, "envelope length"));
    o->kind = (unsigned)get(h + 74, 2);
    return header_field(result, o->kind >= 1 && o->kind <= 3, "kind");
}

static const char *kind_name(unsigned kind) {
    return kind == 1 ? "image" : kind == 2 ? "adapter" : "delta";
}

/* ---- Step 2: the envelope ---- */

/* 1 to 128 visible characters; only a quote and a backslash can be escaped among them. */
static int is_visible(m4fw_text t) {
    size_t count = 0;
    for (size_t i = 0; i < t.length; i++, count++) {
        if (t.text[i] == '\\' && (t.text[i + 1] == '"' || t.text[i + 1] == '\\')) {
            i++;
        } else if (t.text[i] < 0x21 || t.text[i] > 0x7e || t.text[i] == '\\') {
            return 0;
        }
    }
    return count >= 1 && count <= 128;
}

static int is_key_id(m4fw_text t) {
    return is_word(t, "A-Za-z0-9._:+/=-", "A-Za-z0-9._:+/=-", 128);
}

/* The payload is decoded when its form was found to be good. */
static int is_base64(m4fw_text t) {
    size_t length;
    return decode(t, NULL, &length);
}

static int is_signature(m4fw_text t) {
    size_t length;
    return decode(t, NULL, &length) && length >= 1 && length <= 65536;
}

typedef struct {
    m4fw_text key_id, base64;
} signature;

static m4fw_code read_signature(reader *r, const member *m, void *into) {
    (void)m;
    static const member members[] = {
        {"keyid", read_text, offsetof(signature, key_id), 0, 0, is_key_id},
        {"sig", read_text, offsetof(signature, base64), 0, 0, is_signature},
    };
    return read_object(r, members, 2, into);
}

/* The signatures of a list that was read before: 1 and the next one, or 0. */
static int next_signature(reader *r, signature *into) {
    return (take(&r->f, '[') || take(&r->f, ',')) && read_signature(r, NULL, into) == M4FW_OK;
}

static int signature_order(const void *a, const void *b) {
    return compare(((const signature *)a)->key_id, ((const signature *)b)->key_id);
}

static m4fw_code read_signatures(reader *r, const member *m, void *into) {
    signature pair[2];
    list_of list = {read_signature, signature_order, pair, sizeof *pair, NULL};
    return read_list(r, m, into, list);
}

static m4fw_code read_envelope(m4fw_text json, opening *o, m4fw_result *result) {
    static const member members[] = {
        {"payload", read_text, offsetof(opening, payload), 0, 0, is_base64},
        {"payloadType", read_text, offsetof(opening, type), 0, 0, is_visible},
        {"signatures", read_signatures, offsetof(opening, signatures), 0, 32, NULL},
    };
    reader r = reader_of(json, M4FW_ENVELOPE_FIELD, "envelope: ", result);
    TRY(check_form(json, M4FW_ENVELOPE_NOT_CANONICAL, "envelope", result));
    TRY(read_object(&r, members, 3, o));
    int nobody = o->signatures.length == 2, delta = is(o->type, PAYLOAD_TYPE "delta.v1+json");
    r.key = "signatures";
    TRY(need(&r, nobody || !delta));
    if (nobody && !delta) return fail(result, M4FW_ENVELOPE_UNSIGNED, "envelope", 0);
    m4fw_result expected = {M4FW_OK, PAYLOAD_TYPE, 0};
    append(&expected, text_of(kind_name(o->kind)));
    append(&expected, text_of(".v1+json"));
    r.key = "payloadType";
    return need(&r, is(o->type, expected.item));
}

/* ---- Step 3: the manifest ---- */

static int is_version(m4fw_text t) {
    size_t at = 0;
    for (int part = 0; part < 3; part++) {
        size_t start = at;
        while (at < t.length && in_set(t.text[at], "0-9")) at++;
        if (at == start || at - start > 9 || (t.text[start] == '0' && at - start > 1)) {
            return 0;
        }
        if (part < 2 && (at == t.length || t.text[at++] != '.')) return 0;
    }
    for (const char *mark = "-+"; *mark != 0; mark++) {
        if (at < t.length && t.text[at] == (uint8_t)*mark) {
            size_t start = ++at;
            while (at < t.length && in_set(t.text[at], "0-9A-Za-z.-")) at++;
            if (at == start || at - start > 64) return 0;
        }
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

static int is_media(m4fw_text t) {
    const uint8_t *slash = memchr(t.text, '/', t.length);
    if (slash == NULL) return 0;
    m4fw_text type = {t.text, (size_t)(slash - t.text)};
    m4fw_text sub = {slash + 1, t.length - type.length - 1};
    return is_word(type, "a-z0-9", "a-z0-9!#$&^_.+-", 64) &&
           is_word(sub, "a-z0-9", "a-zA-Z0-9!#$&^_.+;= -", 64);
}

static int is_kind(m4fw_text t) { return is(t, "image") || is(t, "adapter") || is(t, "delta"); }

static int is_schema(m4fw_text t) { return is(t, "m4fw.manifest/1"); }

static int is_class(m4fw_text t) { return is(t, "classical") || is(t, "post-quantum"); }

static int is_digest(m4fw_text t) {
    m4fw_text hex = {t.text + 7, t.length - 7};
    return t.length == 7 + 2 * HASH && memcmp(t.text, "sha256:", 7) == 0 &&
           is_word(hex, "0-9a-f", "0-9a-f", 2 * HASH);
}

typedef struct {
    m4fw_text algorithm, role;
    uint64_t threshold;
} required;

static m4fw_code read_required(reader *r, const member *m, void *into) {
    (void)m;
    static const member members[] = {
        {"algorithm", read_text, offsetof(required, algorithm), 0, 0, is_class},
        {"role", read_text, offsetof(required, role), 0, 0, is_lower},
        {"threshold", read_number, offsetof(required, threshold), 1, 16, NULL},
    };
    return read_object(r, members, 3, into);
}

static int required_order(const void *x, const void *y) {
    const required *a = x, *b = y;
    int order = compare(a->role, b->role);
    return order != 0 ? order : compare(a->algorithm, b->algorithm);
}

static m4fw_code read_required_list(reader *r, const member *m, void *into) {
    m4fw_image *image = into;
    int delta = is(image->kind, "delta"); /* asks for nothing, as nobody signs it */
    member bounds = {m->name, NULL, 0, delta ? 0 : 1, delta ? 0 : 64, NULL};
    required pair[2];
    list_of list = {read_required, required_order, pair, sizeof *pair, NULL};
    return read_list(r, &bounds, &image->required, list);
}

static int text_order(const void *a, const void *b) {
    return compare(*(const m4fw_text *)a, *(const m4fw_text *)b);
}

static m4fw_code read_targets(reader *r, const member *m, void *into) {
    static const member target = {"", read_text, 0, 0, 0, is_lower};
    m4fw_text pair[2];
    return read_list(r, m, into, (list_of){read_text, text_order, pair, sizeof *pair, &target});
}

#define AT(field) offsetof(m4fw_section, field)
static m4fw_code read_sections(reader *r, const member *m, void *into) {
    static const member members[] = {
        {"crc32", read_number, AT(crc32), 0, UINT32_MAX, NULL},
        {"fsv", read_text, AT(fsv), 0, 0, is_digest},
        {"id", read_text, AT(id), 0, 0, is_id},
        {"length", read_number, AT(length), 0, MAX_INTEGER, NULL},
        {"media", read_text, AT(media), 0, 0, is_media},
        {"module", read_text, AT(module), 0, 0, is_module},
        {"name", read_text, AT(name), 0, 0, is_path},
        {"offset", read_number, AT(offset), 0, MAX_INTEGER, NULL},
        {"role", read_text, AT(role), 0, 0, is_lower},
        {"targets", read_targets, AT(targets), 0, 64, NULL},
        {"tree_crc32", read_number, AT(tree_crc32), 0, UINT32_MAX, NULL},
        {"tree_length", read_number, AT(tree_length), 0, MAX_INTEGER, NULL},
        {"tree_offset", read_number, AT(tree_offset), 0, MAX_INTEGER, NULL},
    };
    m4fw_image *image = into;
    TRY(need(r, take(&r->f, '[')));
    r->list = m->name;
    r->index = 0;
    do {
        if (r->index == image->room) return fail(r->result, M4FW_WORKSPACE_TOO_SMALL, "", 0);
        m4fw_section *s = &image->sections[r->index];
        TRY(read_object(r, members, 13, s));
        r->key = "name";
        TRY(need(r, 5 + s->id.length + s->name.length <= MAX_NAME && r->index++ < 4096));
    } while (take(&r->f, ','));
    image->section_count = r->index;
    r->list = NULL;
    return need(r, take(&r->f, ']'));
}
#undef AT

#define AT(field) offsetof(m4fw_image, field)
static m4fw_code read_layout(reader *r, const member *m, void *into) {
    static const member members[] = {
        {"central_directory_length", read_number, AT(directory_length), 0, MAX_INTEGER, NULL},
        {"central_directory_offset", read_number, AT(directory_offset), 0, MAX_INTEGER, NULL},
        {"envelope_offset", read_number, AT(constant), ENVELOPE_AT, ENVELOPE_AT, NULL},
        {"envelope_slot", read_number, AT(slot), MIN_SLOT, MAX_SLOT, NULL},
        {"file_size", read_number, AT(file_size), 0, MAX_INTEGER, NULL},
        {"first_section_offset", read_number, AT(first_section_offset), 0, MAX_INTEGER, NULL},
        {"log2_align", read_number, AT(log2_align), 14, 16, NULL},
        {"log2_verity", read_number, AT(constant), 12, 12, NULL},
        {"major", read_number, AT(constant), 1, 1, NULL},
        {"minor", read_number, AT(constant), 0, 0, NULL},
    };
    m4fw_image *image = into;
    TRY(read_inner(r, m->name, members, 10, image));
    return need(r, image->log2_align != 15 && image->slot % BLOCK == 0);
}

static m4fw_code read_rollback(reader *r, const member *m, void *into) {
    static const member members[] = {
        {"domain", read_text, AT(rollback_domain), 0, 0, is_domain},
        {"index", read_number, AT(rollback_index), 0, MAX_INTEGER, NULL},
    };
    return read_inner(r, m->name, members, 2, into);
}

static m4fw_code read_manifest(m4fw_text json, const opening *o, m4fw_image *image,
                               m4fw_result *result) {
    static const member members[] = {
        {"build", read_number, AT(build), 0, MAX_INTEGER, NULL},
        {"content", read_content, AT(content), 0, 0, NULL},
        {"created", read_number, AT(constant), 0, MAX_INTEGER, NULL},
        {"development", read_boolean, AT(development), 0, 0, NULL},
        {"kind", read_text, AT(kind), 0, 0, is_kind},
        {"layout", read_layout, 0, 0, 0, NULL},
        {"product", read_text, AT(product), 0, 0, is_product},
        {"required_signatures", read_required_list, 0, 0, 0, NULL},
        {"rollback", read_rollback, 0, 0, 0, NULL},
        {"schema", read_text, AT(schema), 0, 0, is_schema},
        {"sections", read_sections, 0, 0, 0, NULL},
        {"version", read_text, AT(version), 0, 0, is_version},
    };
    reader r = reader_of(json, M4FW_MANIFEST_FIELD, "manifest: ", result);
    TRY(check_form(json, M4FW_MANIFEST_NOT_CANONICAL, "manifest", result));
    TRY(read_object(&r, members, 12, image));
    for (size_t i = 1; i < image->section_count; i++) {
        for (size_t j = 0; j < i; j++) {
            REFUSE(compare(image->sections[i].id, image->sections[j].id) == 0,
                   M4FW_DUPLICATE_SECTION, "", image->sections[i].id, 0);
        }
    }
    r.key = "kind";
    return need(&r, is(image->kind, kind_name(o->kind)));
}
#undef AT

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

static const char TREE[] = "tree of section ", SECTION[] = "section ";

static m4fw_code check_place(const m4fw_image *image, const char *front, m4fw_text id,
                             uint64_t offset, uint64_t length, uint64_t align, uint64_t *after,
                             m4fw_result *result) {
    uint64_t limit = image->directory_offset;
    if (offset % align != 0) return fail_at(result, M4FW_SECTION_MISALIGNED, front, id, 0);
    REFUSE(offset < image->first_section_offset || offset > limit || length > limit - offset,
           M4FW_SECTION_OUT_OF_BOUNDS, front, id, 0);
    if (offset < *after) return fail_at(result, M4FW_SECTION_OVERLAP, front, id, 0);
    *after = offset + length;
    return M4FW_OK;
}

/* Where the content of an entry begins whose local header is here. */
static uint64_t content_at(uint64_t header_at, uint64_t name_length, uint64_t align) {
    return ceiling(header_at + 30 + name_length + 24, align) * align;
}

static m4fw_code layout_field(m4fw_result *result, int holds, const char *name) {
    if (holds) return M4FW_OK;
    return fail_at(result, M4FW_LAYOUT_FIELD, "manifest: layout.", text_of(name), 0);
}

static m4fw_code check_places(const m4fw_image *image, uint64_t slot, m4fw_result *result) {
    uint64_t align = UINT64_C(1) << image->log2_align, at = image->first_section_offset;
    TRY(layout_field(result, image->file_size == image->source->size, "file_size"));
    TRY(layout_field(result, image->slot == slot, "envelope_slot"));
    REFUSE(image->directory_offset > image->source->size,
           M4FW_SECTION_OUT_OF_BOUNDS, "central directory", NOTHING, 0);
    const m4fw_section *s = image->sections, *last = s + image->section_count;
    for (; s < last; s++) {
        REFUSE(s->tree_length != tree_length(s->length), M4FW_TREE_LENGTH, TREE, s->id, 0);
        TRY(check_place(image, TREE, s->id, s->tree_offset, s->tree_length, BLOCK, &at, result));
        TRY(check_place(image, SECTION, s->id, s->offset, s->length, align, &at, result));
    }
    at = ENVELOPE_AT + slot;
    TRY(layout_field(result, image->first_section_offset == at, "first_section_offset"));
    uint64_t directory = 2 * (46 + 28) + 10 + 22; /* of "FMW-HEADER", "META-INF/envelope.json" */
    for (s = image->sections; s < last; s++) {
        uint64_t tree_name = 12 + s->id.length, name = 5 + s->id.length + s->name.length;
        REFUSE(s->tree_offset != content_at(at, tree_name, BLOCK),
               M4FW_SECTION_MISPLACED, TREE, s->id, 0);
        at = s->tree_offset + s->tree_length;
        REFUSE(s->offset != content_at(at, name, align), M4FW_SECTION_MISPLACED, SECTION, s->id, 0);
        at = s->offset + s->length;
        directory += 2 * (46 + 28) + tree_name + name;
    }
    TRY(layout_field(result, image->directory_offset == at, "central_directory_offset"));
    TRY(layout_field(result, image->directory_length == directory, "central_directory_length"));
    return layout_field(result, image->file_size == at + directory + 98, "file_size");
}

/* ---- Step 5: framing ---- */

typedef struct {
    m4fw_result name; /* in its item */
    uint64_t crc, header_at, content_at, length;
} entry;

/* The entry with this number: header, envelope, then tree and bytes of each section. */
static entry entry_of(const m4fw_image *image, const uint32_t crcs[2], size_t number) {
    if (number == 0) return (entry){{M4FW_OK, "FMW-HEADER", 0}, crcs[0], 0, 64, 4032};
    if (number == 1) {
        m4fw_result name = {M4FW_OK, "META-INF/envelope.json", 0};
        return (entry){name, crcs[1], BLOCK, ENVELOPE_AT, image->slot};
    }
    const m4fw_section *s = &image->sections[(number - 2) / 2];
    uint64_t before = number < 4 ? image->first_section_offset : s[-1].offset + s[-1].length;
    entry tree = {{M4FW_OK, "", 0}, s->tree_crc32, before, s->tree_offset, s->tree_length};
    before = s->tree_offset + s->tree_length;
    entry data = {{M4FW_OK, "", 0}, s->crc32, before, s->offset, s->length};
    entry e = number % 2 == 0 ? tree : data;
    fail_at(&e.name, M4FW_OK, number % 2 == 0 ? "verity/" : "sec/", s->id, 0);
    append(&e.name, text_of(number % 2 == 0 ? ".tree" : "/"));
    append(&e.name, number % 2 == 0 ? text_of("") : s->name);
    return e;
}

/* Compares bytes of the file with those that have to be there; NULL stands for zeros. */
static m4fw_code compare_bytes(const m4fw_image *image, const char *front, const char *name,
                               uint64_t offset, const uint8_t *expected, uint64_t length,
                               m4fw_result *result) {
    uint8_t buffer[512];
    for (uint64_t done = 0; done < length; done += sizeof buffer) {
        size_t part = length - done < sizeof buffer ? (size_t)(length - done) : sizeof buffer;
        const uint8_t *found = fetch(image->source, offset + done, buffer, part);
        if (found == NULL) return unreadable(result, offset + done);
        for (size_t i = 0; i < part; i++) {
            if (found[i] == (expected == NULL ? 0 : expected[done + i])) continue;
            return fail_at(result, M4FW_FRAMING_DIFFERS, front, text_of(name), offset + done + i);
        }
    }
    return M4FW_OK;
}

static m4fw_code check_local(const m4fw_image *image, const entry *e, m4fw_result *result) {
    static const char item[] = "local header of ";
    const char *name = e->name.item;
    uint8_t record[30 + MAX_NAME + 24];
    uint64_t n = strlen(name), extra = e->content_at - e->header_at - 30 - n;
    uint8_t *p = pack(record, "42242", (uint64_t[]){0x04034b50, 45, 0x0800, 0, 0x0021});
    p = pack(p, "4822", (uint64_t[]){e->crc, UINT64_MAX, n, extra});
    p = put_bytes(p, name, (size_t)n);
    p = pack(p, "228822", (uint64_t[]){1, 16, e->length, e->length, 0xd935, extra - 24});
    uint64_t made = (uint64_t)(p - record), zeros = e->content_at - e->header_at - made;
    TRY(compare_bytes(image, item, name, e->header_at, record, made, result));
    return compare_bytes(image, item, name, e->header_at + made, NULL, zeros, result);
}

static m4fw_code check_central(const m4fw_image *image, const entry *e, uint64_t *at,
                               m4fw_result *result) {
    uint8_t record[46 + MAX_NAME + 28];
    uint64_t n = strlen(e->name.item);
    uint8_t *p = pack(record, "42224", (uint64_t[]){0x02014b50, 45, 45, 0x0800, 0});
    p = pack(p, "24822", (uint64_t[]){0x0021, e->crc, UINT64_MAX, n, 28});
    p = pack(p, "644", (uint64_t[]){0, 0, 0xffffffff});
    p = put_bytes(p, e->name.item, (size_t)n);
    p = pack(p, "22888", (uint64_t[]){1, 24, e->length, e->length, e->header_at});
    *at += (uint64_t)(p - record);
    return compare_bytes(image, "", "central directory", *at - (uint64_t)(p - record), record,
                         (uint64_t)(p - record), result);
}

static m4fw_code check_end(const m4fw_image *image, uint64_t at, m4fw_result *result) {
    uint8_t record[98];
    uint64_t count = 2 + 2 * (uint64_t)image->section_count;
    uint8_t *p = pack(record, "48228", (uint64_t[]){0x06064b50, 44, 45, 45, 0});
    p = pack(p, "88", (uint64_t[]){count, count});
    p = pack(p, "88", (uint64_t[]){image->directory_length, image->directory_offset});
    p = pack(p, "4484", (uint64_t[]){0x07064b50, 0, at, 1});
    pack(p, "44482", (uint64_t[]){0x06054b50, 0, 0xffffffff, UINT64_MAX, 0});
    return compare_bytes(image, "", "end of central directory", at, record, sizeof record, result);
}

static void make_header(const m4fw_image *image, const opening *o, uint8_t header[4032]) {
    memset(header, 0, 4032);
    uint8_t *p = pack(header, "8224", (uint64_t[]){UINT64_C(0x0a1a0a0d574d4689), 1, 0, 4032});
    p = pack(p, "8888", (uint64_t[]){image->file_size, ENVELOPE_AT, image->slot, o->length});
    p = pack(p, "88", (uint64_t[]){image->first_section_offset, image->directory_offset});
    p = pack(p, "81124", (uint64_t[]){image->directory_length, image->log2_align, 12, o->kind, 0});
    p = put_bytes(p, image->image_id, HASH);
    put(p, 4, crc32c_of(header, 112));
}

static m4fw_code check_framing(const m4fw_image *image, const opening *o, const uint8_t *slot,
                               m4fw_result *result) {
    size_t count = 2 + 2 * image->section_count;
    uint64_t at = image->directory_offset;
    make_header(image, o, image->scratch);
    uint32_t crcs[] = {crc32_of(image->crc_table, 0, image->scratch, 4032),
                       crc32_of(image->crc_table, 0, slot, (size_t)image->slot)};
    for (size_t i = 0; i < count; i++) {
        entry e = entry_of(image, crcs, i);
        TRY(check_local(image, &e, result));
        if (i == 0) TRY(compare_bytes(image, "", "header", 64, image->scratch, 4032, result));
    }
    for (size_t i = 0; i < count; i++) {
        entry e = entry_of(image, crcs, i);
        TRY(check_central(image, &e, &at, result));
    }
    return check_end(image, at, result);
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

static m4fw_code check_signature(const m4fw_image *image, const m4fw_key *key, const signature *one,
                                 m4fw_text message, uint8_t *bytes, m4fw_result *result) {
    static const char item[] = "signature by ";
    const uint8_t *raw;
    size_t length;
    m4fw_algorithm a = m4fw_algorithm_of(key, &raw);
    if (a == M4FW_ALGORITHMS) return fail_at(result, M4FW_KEY_UNUSABLE, item, one->key_id, 0);
    decode(one->base64, bytes, &length);
    REFUSE(length != algorithms[a].signature, M4FW_SIGNATURE_LENGTH, item, one->key_id, 0);
    m4fw_verify_signature verify = image->crypto->verify[a];
    if (verify == NULL) return fail_at(result, M4FW_ALGORITHM_MISSING, item, one->key_id, 0);
    REFUSE(verify(image->crypto->context, raw, message.text, message.length, bytes) != 1,
           M4FW_BAD_SIGNATURE, item, one->key_id, 0);
    return M4FW_OK;
}

/* Whether enough different keys of a role and class signed; all signatures were checked. */
static m4fw_code enough(const m4fw_image *image, const m4fw_trust *trust, m4fw_text list,
                        m4fw_text role, int post_quantum, uint64_t threshold, m4fw_code code,
                        m4fw_result *result) {
    reader r = reader_of(list, M4FW_ENVELOPE_FIELD, "", result);
    signature one;
    const uint8_t *raw;
    uint64_t count = 0;
    while (next_signature(&r, &one)) {
        size_t k = find_key(image, trust, one.key_id, 0);
        for (; k < trust->key_count; k = find_key(image, trust, one.key_id, k + 1)) {
            const m4fw_key *key = &trust->keys[k];
            m4fw_algorithm a = m4fw_algorithm_of(key, &raw);
            if (a != M4FW_ALGORITHMS && algorithms[a].post_quantum == post_quantum &&
                is(role, key->role)) {
                count++;
                break;
            }
        }
    }
    if (count >= threshold) return M4FW_OK;
    fail_at(result, code, post_quantum ? "post-quantum signatures in the role '"
                                       : "classical signatures in the role '", role, 0);
    append(result, text_of("'"));
    return code;
}

static m4fw_code check_signatures(const m4fw_image *image, const m4fw_trust *trust,
                                  const opening *o, m4fw_text message, uint8_t *bytes,
                                  m4fw_result *result) {
    reader r = reader_of(o->signatures, M4FW_ENVELOPE_FIELD, "", result);
    signature one;
    REFUSE(image->development && !trust->allow_development, M4FW_DEVELOPMENT_IMAGE, "", NOTHING, 0);
    REFUSE(image->development && !trust->development, M4FW_ROOT_FOR_RELEASES, "", NOTHING, 0);
    REFUSE(trust->development && !image->development, M4FW_ROOT_FOR_DEVELOPMENT, "", NOTHING, 0);
    while (next_signature(&r, &one)) {
        size_t k = find_key(image, trust, one.key_id, 0);
        if (k < trust->key_count) {
            TRY(check_signature(image, &trust->keys[k], &one, message, bytes, result));
            continue;
        }
        REFUSE(!trust->allow_unknown_signatures, M4FW_UNKNOWN_SIGNER, "signature by ", one.key_id,
               0);
    }
    if (trust->required_count == 0) return fail(result, M4FW_TOO_FEW_FOR_ROOT, "", 0);
    for (size_t i = 0; i < trust->required_count; i++) {
        const m4fw_requirement *must = &trust->required[i];
        TRY(enough(image, trust, o->signatures, text_of(must->role), must->post_quantum != 0,
                   must->threshold, M4FW_TOO_FEW_FOR_ROOT, result));
    }
    reader q = reader_of(image->required, M4FW_MANIFEST_FIELD, "", result);
    required must;
    while ((take(&q.f, '[') || take(&q.f, ',')) && read_required(&q, NULL, &must) == M4FW_OK) {
        TRY(enough(image, trust, o->signatures, must.role, is(must.algorithm, "post-quantum"),
                   must.threshold, M4FW_TOO_FEW_FOR_PAYLOAD, result));
    }
    return fail(result, M4FW_OK, "", 0);
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
    return read_header(source, &o, &ignored) == M4FW_OK ? workspace_for(o.slot) : 0;
}

/* DSSE's pre-authentication encoding, its front made to end where the payload begins. */
static m4fw_text message_of(m4fw_text type, uint8_t *payload, size_t length) {
    m4fw_result front = {M4FW_OK, "DSSEv1 ", 0};
    append_number(&front, type.length);
    append(&front, text_of(" "));
    append(&front, type);
    append(&front, text_of(" "));
    append_number(&front, length);
    append(&front, text_of(" "));
    size_t n = strlen(front.item);
    memcpy(payload - n, front.item, n);
    return (m4fw_text){payload - n, n + length};
}

static uint8_t *aligned(uint8_t *at) { return at + (16 - (uintptr_t)at % 16) % 16; }

m4fw_code m4fw_open(m4fw_image *image, const m4fw_source *source, const m4fw_crypto *crypto,
                    const m4fw_trust *trust, void *workspace, size_t workspace_size,
                    m4fw_result *result) {
    opening o = {0};
    *image = (m4fw_image){.source = source, .crypto = crypto};
    fail(result, M4FW_OK, "", 0);
    TRY(read_header(source, &o, result));
    REFUSE(workspace_size < workspace_for(o.slot), M4FW_WORKSPACE_TOO_SMALL, "", NOTHING, 0);
    uint8_t *at = aligned(workspace), *last = (uint8_t *)workspace + workspace_size;
    image->crc_table = (uint32_t(*)[256])(void *)at;
    make_crc_table(image->crc_table);
    image->scratch = at + CRC_TABLES;
    uint8_t *slot = image->scratch + 2 * BLOCK, *payload = slot + o.slot + FRONT;
    const uint8_t *stored = fetch(source, ENVELOPE_AT, slot, (size_t)o.slot);
    if (stored == NULL) return unreadable(result, ENVELOPE_AT);
    memmove(slot, stored, (size_t)o.slot); /* mapped bytes may change */
    for (uint64_t i = o.length; i < o.slot; i++) {
        REFUSE(slot[i] != 0x20, M4FW_SLOT_PADDING, "envelope slot", NOTHING, ENVELOPE_AT + i);
    }
    TRY(read_envelope((m4fw_text){slot, (size_t)o.length}, &o, result));
    m4fw_text json = {payload, 0};
    decode(o.payload, payload, &json.length);
    at = aligned(payload + o.slot / 4 * 3);
    image->sections = (m4fw_section *)(void *)at;
    image->room = (size_t)(last - at) / sizeof(m4fw_section);
    TRY(read_manifest(json, &o, image, result));
    TRY(check_places(image, o.slot, result));
    crypto->sha256(crypto->context, payload, json.length, image->image_id);
    TRY(check_framing(image, &o, slot, result));
    m4fw_text message = message_of(o.type, payload, json.length);
    return check_signatures(image, trust, &o, message, payload + json.length, result);
}

/* ---- Step 8: sections ---- */

static m4fw_code check_digest(const m4fw_image *image, const m4fw_section *s,
                              const uint8_t root[HASH], m4fw_result *result) {
    uint8_t descriptor[256] = {1, 1, 12}, digest[HASH];
    put(descriptor + 8, 8, s->length);
    if (s->length > 0) memcpy(descriptor + 16, root, HASH); /* for no bytes, it is zeros */
    image->crypto->sha256(image->crypto->context, descriptor, sizeof descriptor, digest);
    m4fw_text hex = {s->fsv.text + 7, 2 * HASH};
    return same_hex(digest, hex) ? M4FW_OK : fail_at(result, M4FW_ROOT_MISMATCH, SECTION, s->id, 0);
}

/* Copies a block, fills it up with zeros, and hashes it. */
static m4fw_code copy_block(const m4fw_image *image, uint64_t offset, size_t length,
                            uint8_t block[BLOCK], uint8_t hash[HASH], m4fw_result *result) {
    const uint8_t *bytes = fetch(image->source, offset, block, length);
    if (bytes == NULL) return unreadable(result, offset);
    memmove(block, bytes, length);
    memset(block + length, 0, BLOCK - length);
    image->crypto->sha256(image->crypto->context, block, BLOCK, hash);
    return M4FW_OK;
}

/* Copies the block of the tree that holds a data block's hash, checked from the root down. */
static m4fw_code copy_leaf(const m4fw_image *image, const m4fw_section *s, uint64_t index,
                           uint8_t leaf[BLOCK], m4fw_result *result) {
    uint64_t levels[MAX_LEVELS], at = 0, span = 1;
    size_t count = tree_shape(s->length, levels);
    uint8_t hash[HASH], expected[HASH];
    for (size_t i = 0; i < count; i++) span *= FAN_OUT;
    for (size_t i = 0; i < count; i++) {
        uint64_t block = at + index / span;
        TRY(copy_block(image, s->tree_offset + block * BLOCK, BLOCK, leaf, hash, result));
        if (i == 0) TRY(check_digest(image, s, hash, result));
        REFUSE(i > 0 && memcmp(hash, expected, HASH) != 0, M4FW_TREE_CORRUPT, SECTION, s->id,
               block * BLOCK);
        at += levels[i];
        span /= FAN_OUT;
        memcpy(expected, leaf + index / span % FAN_OUT * HASH, HASH);
    }
    return M4FW_OK;
}

/* Copies and checks a data block whose leaf is there, if the section has a tree. */
static m4fw_code copy_data(const m4fw_image *image, const m4fw_section *s, uint64_t index,
                           const uint8_t *leaf, uint8_t block[BLOCK], size_t *length,
                           m4fw_result *result) {
    uint8_t hash[HASH];
    uint64_t rest = s->length - index * BLOCK;
    *length = rest < BLOCK ? (size_t)rest : BLOCK;
    TRY(copy_block(image, s->offset + index * BLOCK, *length, block, hash, result));
    if (s->tree_length == 0) return check_digest(image, s, hash, result);
    const uint8_t *expected = leaf + index % FAN_OUT * HASH;
    REFUSE(memcmp(hash, expected, HASH) != 0, M4FW_DATA_CORRUPT, SECTION, s->id, index * BLOCK);
    return M4FW_OK;
}

m4fw_code m4fw_check_section(const m4fw_image *image, size_t section, m4fw_result *result) {
    const m4fw_section *s = &image->sections[section];
    uint8_t *leaf = image->scratch, *data = leaf + BLOCK, hash[HASH];
    uint64_t upper = s->tree_length / BLOCK - ceiling(ceiling(s->length, BLOCK), FAN_OUT);
    uint32_t crc = 0, tree_crc = 0;
    size_t length;
    for (uint64_t i = 0; s->tree_length > 0 && i < upper; i++) {
        TRY(copy_block(image, s->tree_offset + i * BLOCK, BLOCK, leaf, hash, result));
        tree_crc = crc32_of(image->crc_table, tree_crc, leaf, BLOCK);
    }
    for (uint64_t i = 0; i < ceiling(s->length, BLOCK) || i == 0; i++) {
        if (s->tree_length > 0 && i % FAN_OUT == 0) {
            TRY(copy_leaf(image, s, i, leaf, result));
            tree_crc = crc32_of(image->crc_table, tree_crc, leaf, BLOCK);
        }
        TRY(copy_data(image, s, i, leaf, data, &length, result));
        crc = crc32_of(image->crc_table, crc, data, length);
    }
    REFUSE(crc != s->crc32, M4FW_CRC_MISMATCH, SECTION, s->id, 0);
    REFUSE(tree_crc != s->tree_crc32, M4FW_CRC_MISMATCH, TREE, s->id, 0);
    return M4FW_OK;
}

m4fw_code m4fw_read_block(const m4fw_image *image, size_t section, uint64_t index,
                          uint8_t block[4096], size_t *length, m4fw_result *result) {
    const m4fw_section *s = &image->sections[section];
    REFUSE(index >= ceiling(s->length, BLOCK), M4FW_DATA_CORRUPT, SECTION, s->id, s->length);
    TRY(copy_leaf(image, s, index, image->scratch, result));
    return copy_data(image, s, index, image->scratch, block, length, result);
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
