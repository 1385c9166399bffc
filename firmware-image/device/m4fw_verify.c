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
#define MAX_NAME 200
#define END 98
#define CLASSICAL "classical"
#define POST_QUANTUM "post-quantum"
#define IN_ROLE " signatures in the role "
#define TYPE(kind) "application/vnd.m4fw." kind ".v1+json"

#define TRY(call) do { m4fw_code code_ = (call); if (code_ != M4FW_OK) return code_; } while (0)
#define REFUSE_AT(when, code, front, name, offset) \
    do { if (when) return fail(image->result, M4FW_##code, front, name, offset); } while (0)
#define REFUSE(when, code, item) REFUSE_AT(when, code, item, NOTHING, 0)

static const char SECTION[] = "section ", SIGNER[] = "signature by ";
static const m4fw_text NOTHING = {(const uint8_t *)"", 0};
static const char *const KINDS[] = {"", "image", "adapter", "delta"};
static const char *const TYPES[] = {"", TYPE("image"), TYPE("adapter"), TYPE("delta")};
static const char HEX[] = "0123456789abcdef";

const char *m4fw_code_name(m4fw_code code) {
    static const char *const names[] = {
#define NAME(code) #code,
        M4FW_CODES(NAME)
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
static int in_set(int c, const char *set) {
    for (; *set != 0; set++) {
        int range = set[1] == '-' && set[2] != 0;
        if (range ? c >= set[0] && c <= set[2] : c == *set) return 1;
        set += range ? 2 : 0;
    }
    return 0;
}

static void append(m4fw_result *result, m4fw_text t) {
    size_t used = strlen(result->item), room = sizeof result->item - 1 - used;
    size_t count = t.length < room ? t.length : room;
    if (count > 0) memcpy(result->item + used, t.text, count);
    result->item[used + count] = 0;
}

static void append_number(m4fw_result *result, uint64_t number) {
    if (number > 9) append_number(result, number / 10);
    append(result, (m4fw_text){(const uint8_t *)HEX + number % 10, 1});
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

/* Copies bytes of the file: whatever becomes of it, those are what is checked and used. */
static m4fw_code load(const m4fw_image *image, uint64_t offset, uint8_t *into, size_t length) {
    const m4fw_source *s = image->source;
    int within = length <= s->size && offset <= s->size - length;
    int good = within && (length == 0 || s->read(s->context, offset, into, length));
    REFUSE_AT(!good, READ_FAILED, "", NOTHING, offset);
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
        uint32_t before = i < 256 ? i : table[i / 256 - 1][i % 256];
        table[i / 256][i % 256] = shift_byte(before, UINT32_C(0xedb88320));
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

/* ---- Texts, read from the front ---- */
/* An element of a list: a target, a signature, or what is required; sorted by the first two. */
typedef struct {
    m4fw_text first, second, base64;
    uint64_t threshold;
} element;

/* Where a reader is; and what its JSON fails with, at which key, once the form was checked. */
typedef struct {
    m4fw_text all;
    size_t at;
    const m4fw_image *image;
    m4fw_code code;
    const char *prefix, *key;
    element *list; /* where those of a list go */
} reader;

static reader reader_of(m4fw_text t) { return (reader){.all = t}; }
static int at_end(const reader *r) { return r->at == r->all.length; }

/* What was taken from `start` on, without so many bytes at both ends. */
static m4fw_text taken(const reader *r, size_t start, size_t quotes) {
    return (m4fw_text){r->all.text + start + quotes, r->at - start - 2 * quotes};
}

static int peek(const reader *r, size_t ahead) {
    return ahead < r->all.length - r->at ? r->all.text[r->at + ahead] : -1;
}

/* Takes a text, or as much of it as is there. */
static int take(reader *r, const char *text) {
    for (; *text != 0 && peek(r, 0) == (uint8_t)*text; text++) r->at++;
    return *text == 0;
}

/* Takes one of a set and all that follow of another; whether there are any, and not too many. */
static int take_word(reader *r, const char *first, const char *rest, size_t most) {
    size_t start = r->at;
    for (const char *set = first; in_set(peek(r, 0), set); set = rest) r->at++;
    return r->at > start && r->at - start <= most;
}

static int is_word(m4fw_text t, const char *first, const char *rest, size_t most) {
    reader r = reader_of(t);
    return take_word(&r, first, rest, most) && at_end(&r);
}

/* Takes the one escape of a character that needs it, and gives that; else -1. */
static int32_t take_escape(reader *r) {
    static const char letters[] = "btnfr\"\\", meaning[] = "\b\t\n\f\r\"\\";
    for (int c = 0; c <= '\\'; c++) {
        const char *one = memchr(meaning, c, 7);
        if (one == NULL && c >= 0x20) continue;
        char form[] = {'\\', one ? letters[one - meaning] : 'u', one ? 0 : '0', '0', HEX[c / 16],
                       HEX[c % 16], 0};
        reader ahead = *r;
        if (!take(&ahead, form)) continue;
        *r = ahead;
        return c;
    }
    return -1;
}

/*
 * Takes a character, escaped or in UTF-8, and gives its code point; those above the surrogates
 * raised, so that all are in the order of UTF-16. -1, and none taken, where it is wrong.
 */
static int32_t take_character(reader *r) {
    static const int32_t least[] = {0x20, 0x80, 0x800, 0x10000};
    int first = peek(r, 0);
    if (first == '\\') return take_escape(r);
    if ((first > 0x7f && first < 0xc0) || first > 0xf7) return -1;
    size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    int32_t point = more == 0 ? first : first & (0x3f >> more);
    for (size_t i = 1; i <= more; i++) {
        int next = peek(r, i);
        if (next < 0x80 || next > 0xbf) return -1;
        point = point << 6 | (next & 0x3f);
    }
    int surrogate = point >= 0xd800 && point < 0xe000;
    if (point < least[more] || point > 0x10ffff || surrogate) return -1;
    r->at += more + 1;
    return point < 0xe000 || point > 0xffff ? point : point + 0x110000;
}

/* ---- Canonical JSON: the form ---- */
/* Each of these takes what it is named after; at a deviation, r->at is where it is. */
static int form_string(reader *r) {
    if (!take(r, "\"")) return 0;
    while (!take(r, "\""))
        if (take_character(r) < 0) return 0;
    return 1;
}

/* Whether the key that begins at `a` comes before the one at `b`; both were read. */
static int key_before(const reader *r, size_t a, size_t b) {
    reader x = *r, y = *r;
    int32_t of_x, of_y;
    x.at = a + 1;
    y.at = b + 1;
    do {
        if (peek(&y, 0) == '"') return 0;
        if (peek(&x, 0) == '"') return 1;
        of_x = take_character(&x);
        of_y = take_character(&y);
    } while (of_x == of_y);
    return of_x < of_y;
}

/* Gives the number without its sign. */
static int form_integer(reader *r, uint64_t *number) {
    size_t start = r->at;
    *number = 0;
    if (take(r, "0")) return 1;
    size_t first = start + (size_t)take(r, "-");
    int good = take_word(r, "1-9", "0-9", 16);
    for (size_t i = first; good && i < r->at; i++) *number = *number * 10 + r->all.text[i] - '0';
    if (good && *number <= MAX_INTEGER) return 1;
    r->at = start;
    return 0;
}

/* Recursion ends at 32. */
static int form_value(reader *r, int depth) {
    int c = peek(r, 0), object = c == '{';
    uint64_t number;
    if (c == '"') return form_string(r);
    if (c == 't') return take(r, "true");
    if (c == 'f') return take(r, "false");
    if (c == 'n') return take(r, "null");
    if (!object && c != '[') return form_integer(r, &number);
    if (depth == 32) return 0;
    r->at++;
    if (take(r, object ? "}" : "]")) return 1;
    size_t before = 0;
    do {
        size_t start = r->at;
        if (object && !form_string(r)) return 0;
        if (object && ((before != 0 && !key_before(r, before, start)) || r->at - start > 1026)) {
            r->at = start;
            return 0;
        }
        before = start;
        if ((object && !take(r, ":")) || !form_value(r, depth + 1)) return 0;
    } while (take(r, ","));
    return take(r, object ? "}" : "]");
}

/* ---- Canonical JSON: the values ---- */
/* A member of an object: how it is read, where to, within which bounds. */
typedef struct member {
    const char *name; /* empty for a text in a list, NULL after the last member */
    m4fw_code (*read)(reader *, const struct member *, void *into);
    size_t at;
    uint64_t least, most, step; /* a number is the least and some steps */
    int quoted, (*valid)(m4fw_text); /* of a text */
    const struct member *inner; /* of an object, or of each element of a list */
} member;

#define OTHER(name, read, at, most, inner) {name, read, at, 0, most, 0, 0, NULL, inner}
#define NUMBER(name, of, field, least, most, step) \
    {name, read_number, offsetof(of, field), least, most, step, 0, NULL, NULL}
#define ANY(name, of, field) NUMBER(name, of, field, 0, MAX_INTEGER, 1)
#define VALUE(name, of, field, quoted, valid) \
    {name, read_value, offsetof(of, field), 0, 0, 0, quoted, valid, NULL}
#define TEXT(name, of, field, valid) VALUE(name, of, field, 1, valid)

static m4fw_code need(reader *r, int condition) {
    if (condition) return M4FW_OK;
    fail(r->image->result, r->code, r->prefix, text_of(r->key), 0);
    append(r->image->result, text_of(" before byte "));
    append_number(r->image->result, r->at);
    return r->code;
}

/* An object with exactly the inner members, sorted by name; only `created` may be missing. */
static m4fw_code read_object(reader *r, const member *m, void *base) {
    const char *before = "{\"";
    for (m = m->inner; m->name != NULL; m++) {
        if (strcmp(m->name, "created") == 0 && peek(r, 2) != 'c') continue;
        r->key = m->name;
        TRY(need(r, take(r, before) && take(r, m->name) && take(r, "\":")));
        TRY(m->read(r, m, (uint8_t *)base + m->at));
        before = ",\"";
    }
    r->key = "";
    return need(r, take(r, "}"));
}

/* A document: its form as a whole, with a code of its own, then its values. */
static m4fw_code read_document(reader *r, m4fw_code form, const char *item, const member *inner,
                               void *base) {
    if (!form_value(r, 0) || !at_end(r)) return fail(r->image->result, form, item, NOTHING, r->at);
    r->at = 0;
    return read_object(r, &(member){.inner = inner}, base);
}

static m4fw_code read_number(reader *r, const member *m, void *into) {
    uint64_t *number = into;
    TRY(need(r, peek(r, 0) != '-' && form_integer(r, number)));
    uint64_t above = *number - m->least;
    return need(r, *number >= m->least && *number <= m->most && above % m->step == 0);
}

/* A value as it is written; of a string, what is between the quotes: no valid one has escapes. */
static m4fw_code read_value(reader *r, const member *m, void *into) {
    size_t start = r->at;
    int quoted = peek(r, 0) == '"';
    form_value(r, 0);
    m4fw_text *t = into;
    *t = taken(r, start, (size_t)quoted);
    return need(r, quoted == m->quoted && m->valid(*t));
}

/* A list in ascending order; gives its text, and in r->list its elements, then an empty one. */
static m4fw_code read_list(reader *r, const member *m, void *into) {
    size_t start = r->at, count = 0;
    TRY(need(r, take(r, "[")));
    for (element *one = r->list; count > 0 || peek(r, 0) != ']'; one++) {
        TRY(need(r, count++ < m->most));
        *one = (element){0};
        TRY(m->inner->name[0] != 0 ? read_object(r, m, one) : read_value(r, m->inner, one));
        int order = count == 1 ? -1 : compare(one[-1].first, one->first);
        TRY(need(r, order < 0 || (order == 0 && compare(one[-1].second, one->second) < 0)));
        if (!take(r, ",")) break;
    }
    r->list[count] = (element){0};
    *(m4fw_text *)into = (m4fw_text){r->all.text + start, r->at + 1 - start};
    return need(r, take(r, "]"));
}

/* ---- Base64 ---- */
/* Decodes the one form that an encoder writes, or only checks it; SIZE_MAX for any other. */
static size_t decode(m4fw_text t, uint8_t *into) {
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t padding = 0, length = 0;
    uint32_t bits = 0;
    while (padding < 2 && padding < t.length && t.text[t.length - 1 - padding] == '=') padding++;
    for (size_t i = 0; i < t.length - padding; i++) {
        const char *at = memchr(set, t.text[i], 64);
        if (at == NULL) return SIZE_MAX;
        bits = bits << 6 | (uint32_t)(at - set);
        if (i % 4 == 0) continue;
        size_t left = 6 - 2 * (i % 4); /* bits, after those of a whole byte */
        if (into != NULL) into[length] = (uint8_t)(bits >> left);
        length++;
        bits &= (UINT32_C(1) << left) - 1;
    }
    return t.length % 4 == 0 && bits == 0 ? length : SIZE_MAX;
}

/* ---- Step 1: the header ---- */
/* What the steps hand on to each other. */
typedef struct {
    uint64_t slot, length, kind; /* length of the envelope; kind as a number */
    m4fw_text type, payload, signatures;
    const m4fw_trust *trust;
    element *signers, *required;
} opening;

static m4fw_code read_header(const m4fw_image *image, opening *o) {
    uint8_t h[116] = {0};
    uint64_t size = image->source->size;
    if (size >= 64 + 8) TRY(load(image, 64, h, size < 64 + sizeof h ? 8 : sizeof h));
    REFUSE_AT(memcmp(h, "\x89" "FMW\r\n\x1a\n", 8) != 0, NOT_AN_IMAGE, "", NOTHING, 64);
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
    o->kind = get(h + 74, 2);
    REFUSE(o->kind < 1 || o->kind > 3, HEADER_FIELD, "header: kind");
    return M4FW_OK;
}

/* ---- Step 2: the envelope ---- */
/* 1 to 128 visible characters. */
static int is_visible(m4fw_text t) {
    reader r = reader_of(t);
    size_t count = 0;
    for (int32_t c; !at_end(&r); count++)
        if ((c = take_character(&r)) < 0x21 || c > 0x7e) return 0;
    return count >= 1 && count <= 128;
}

static int is_key_id(m4fw_text t) {
    return is_word(t, "A-Za-z0-9._:+/=-", "A-Za-z0-9._:+/=-", 128);
}

static int is_base64(m4fw_text t) { return decode(t, NULL) != SIZE_MAX; }
static int is_signature(m4fw_text t) { return decode(t, NULL) - 1 < 65536; }

static const member SIGNATURE[] = {
    TEXT("keyid", element, first, is_key_id),
    TEXT("sig", element, base64, is_signature), {0},
};
static const member ENVELOPE[] = {
    TEXT("payload", opening, payload, is_base64),
    TEXT("payloadType", opening, type, is_visible),
    OTHER("signatures", read_list, offsetof(opening, signatures), 32, SIGNATURE), {0},
};

static m4fw_code read_envelope(const m4fw_image *image, m4fw_text json, opening *o) {
    reader r = {json, 0, image, M4FW_ENVELOPE_FIELD, "envelope: ", "", o->signers};
    TRY(read_document(&r, M4FW_ENVELOPE_NOT_CANONICAL, "envelope", ENVELOPE, o));
    int nobody = o->signatures.length == 2, delta = is(o->type, TYPES[3]);
    r.key = "signatures";
    TRY(need(&r, nobody || !delta));
    REFUSE(nobody && !delta, ENVELOPE_UNSIGNED, "envelope");
    r.key = "payloadType";
    return need(&r, is(o->type, TYPES[o->kind]));
}

/* ---- Step 3: the manifest ---- */
static int take_number(reader *r) { return take(r, "0") || take_word(r, "1-9", "0-9", 9); }

static int is_version(m4fw_text t) {
    static const char set[] = "0-9A-Za-z.-";
    reader r = reader_of(t);
    return take_number(&r) && take(&r, ".") && take_number(&r) && take(&r, ".") &&
           take_number(&r) && (!take(&r, "-") || take_word(&r, set, set, 64)) &&
           (!take(&r, "+") || take_word(&r, set, set, 64)) && at_end(&r);
}

/* What every file system can hold: no "..", no dot at the end, no device of Windows. */
static int is_file_name(m4fw_text t) {
    static const char *const devices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
    for (size_t i = 0; i < t.length; i++)
        if (t.text[i] == '.' && (i + 1 == t.length || t.text[i + 1] == '.')) return 0;
    for (size_t d = 0; d < 6; d++) {
        reader r = reader_of(t);
        int same = take(&r, devices[d]) && (d < 4 || take_word(&r, "0-9", "", 1));
        if (same && (at_end(&r) || peek(&r, 0) == '.')) return 0;
    }
    return 1;
}

static int is_path(m4fw_text t) {
    reader r = reader_of(t);
    do {
        size_t start = r.at;
        if (!take_word(&r, "a-z0-9_", "a-z0-9._-", MAX_NAME)) return 0;
        if (!is_file_name(taken(&r, start, 0))) return 0;
    } while (take(&r, "/"));
    return at_end(&r);
}

static int is_lower(m4fw_text t) { return is_word(t, "a-z0-9", "a-z0-9._-", 64); }
static int is_id(m4fw_text t) { return is_lower(t) && is_file_name(t); }
static int is_domain(m4fw_text t) { return is_lower(t) && t.length <= 32; }
static int is_product(m4fw_text t) { return is_word(t, "A-Za-z0-9", "A-Za-z0-9._-", 128); }
static int is_module(m4fw_text t) { return t.length == 0 || (is_product(t) && t.length <= 64); }
static int is_kind(m4fw_text t) { return is(t, "image") || is(t, "adapter") || is(t, "delta"); }
static int is_schema(m4fw_text t) { return is(t, "m4fw.manifest/1"); }
static int is_object(m4fw_text t) { return t.length > 0 && t.text[0] == '{'; }
static int is_boolean(m4fw_text t) { return is(t, "true") || is(t, "false"); }
static int is_class(m4fw_text t) { return is(t, CLASSICAL) || is(t, POST_QUANTUM); }

static int is_media(m4fw_text t) {
    reader r = reader_of(t);
    return take_word(&r, "a-z0-9", "a-z0-9!#$&^_.+-", 64) && take(&r, "/") &&
           take_word(&r, "a-z0-9", "a-zA-Z0-9!#$&^_.+;= -", 64) && at_end(&r);
}

static int is_digest(m4fw_text t) {
    reader r = reader_of(t);
    return t.length == 7 + 2 * HASH && take(&r, "sha256:") &&
           take_word(&r, "0-9a-f", "0-9a-f", 2 * HASH) && at_end(&r);
}

static m4fw_code read_sections(reader *r, const member *m, void *into) {
    m4fw_image *image = into;
    size_t count = 0;
    r->list = (element *)(void *)image->scratch;
    TRY(need(r, take(r, "[")));
    do {
        REFUSE(count == image->room, WORKSPACE_TOO_SMALL, "");
        m4fw_section *s = &image->sections[count];
        TRY(read_object(r, m, s));
        TRY(need(r, 5 + s->id.length + s->name.length <= MAX_NAME && count++ < m->most));
    } while (take(r, ","));
    image->section_count = count;
    return need(r, take(r, "]"));
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
    NUMBER("minor", m4fw_image, constant, 0, 0, 1), {0},
};
static const member REQUIRED[] = {
    TEXT("algorithm", element, second, is_class), TEXT("role", element, first, is_lower),
    NUMBER("threshold", element, threshold, 1, 16, 1), {0},
};
static const member ROLLBACK[] = {
    TEXT("domain", m4fw_image, rollback_domain, is_domain),
    ANY("index", m4fw_image, rollback_index), {0},
};
static const member TARGET[] = {TEXT("", element, first, is_lower), {0}};
static const member SECTIONS[] = {
    NUMBER("crc32", m4fw_section, crc32, 0, UINT32_MAX, 1),
    TEXT("fsv", m4fw_section, fsv, is_digest), TEXT("id", m4fw_section, id, is_id),
    ANY("length", m4fw_section, length), TEXT("media", m4fw_section, media, is_media),
    TEXT("module", m4fw_section, module, is_module), TEXT("name", m4fw_section, name, is_path),
    ANY("offset", m4fw_section, offset), TEXT("role", m4fw_section, role, is_lower),
    OTHER("targets", read_list, offsetof(m4fw_section, targets), 64, TARGET),
    NUMBER("tree_crc32", m4fw_section, tree_crc32, 0, UINT32_MAX, 1),
    ANY("tree_length", m4fw_section, tree_length),
    ANY("tree_offset", m4fw_section, tree_offset), {0},
};
static const member MANIFEST[] = {
    ANY("build", m4fw_image, build), VALUE("content", m4fw_image, content, 0, is_object),
    ANY("created", m4fw_image, constant),
    VALUE("development", m4fw_image, development_text, 0, is_boolean),
    TEXT("kind", m4fw_image, kind, is_kind), OTHER("layout", read_object, 0, 0, LAYOUT),
    TEXT("product", m4fw_image, product, is_product),
    OTHER("required_signatures", read_list, offsetof(m4fw_image, required), 64, REQUIRED),
    OTHER("rollback", read_object, 0, 0, ROLLBACK),
    TEXT("schema", m4fw_image, schema, is_schema),
    OTHER("sections", read_sections, 0, 4096, SECTIONS),
    TEXT("version", m4fw_image, version, is_version), {0},
};

static size_t find_section(const m4fw_image *image, m4fw_text id) {
    size_t i = 0;
    while (i < image->section_count && compare(image->sections[i].id, id) != 0) i++;
    return i;
}

static m4fw_code read_manifest(m4fw_image *image, m4fw_text json, const opening *o) {
    reader r = {json, 0, image, M4FW_MANIFEST_FIELD, "manifest: ", "", o->required};
    TRY(read_document(&r, M4FW_MANIFEST_NOT_CANONICAL, "manifest", MANIFEST, image));
    r.key = "required_signatures"; /* none for a delta, which nobody signs */
    TRY(need(&r, (image->required.length == 2) == is(image->kind, "delta")));
    image->development = is(image->development_text, "true");
    for (size_t i = 0; i < image->section_count; i++) {
        m4fw_text id = image->sections[i].id;
        REFUSE_AT(find_section(image, id) < i, DUPLICATE_SECTION, "", id, 0);
    }
    r.key = "kind";
    return need(&r, is(image->kind, KINDS[o->kind]));
}

/* ---- Step 4: places ---- */
/* The length of a tree: each block of a level is for `span` blocks of bytes. */
static uint64_t tree_length(uint64_t length) {
    uint64_t blocks = ceiling(length, BLOCK), all = 0;
    for (uint64_t span = FAN_OUT; span / FAN_OUT < blocks; span *= FAN_OUT)
        all += ceiling(blocks, span);
    return all * BLOCK;
}

/* An entry of the archive: what it is, where it has to be. */
typedef struct {
    m4fw_result name; /* in its item */
    uint64_t crc, header_at, content_at, length, align;
} entry;

/* The entry with this number: header, envelope, then tree and bytes of each section. */
static entry entry_of(const m4fw_image *image, const uint32_t crcs[2], size_t number) {
    if (number == 0) return (entry){{M4FW_OK, "FMW-HEADER", 0}, crcs[0], 0, 64, 4032, 64};
    entry e = {{M4FW_OK, "META-INF/envelope.json", 0}, crcs[1], BLOCK, ENVELOPE_AT, image->slot,
               BLOCK};
    if (number == 1) return e;
    const m4fw_section *s = &image->sections[number / 2 - 1];
    uint64_t before = number < 4 ? image->first_section_offset : s[-1].offset + s[-1].length;
    entry tree = {{M4FW_OK, "verity/", 0}, s->tree_crc32, before, s->tree_offset, s->tree_length,
                  BLOCK};
    entry data = {{M4FW_OK, "sec/", 0}, s->crc32, s->tree_offset + s->tree_length, s->offset,
                  s->length, UINT64_C(1) << image->log2_align};
    e = number % 2 == 0 ? tree : data;
    append(&e.name, s->id);
    append(&e.name, text_of(number % 2 == 0 ? ".tree" : "/"));
    append(&e.name, number % 2 == 0 ? NOTHING : s->name);
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
        uint64_t begin = e.content_at, length = tree_length(image->sections[i / 2 - 1].length);
        REFUSE(i % 2 == 0 && e.length != length, TREE_LENGTH, e.name.item);
        REFUSE(begin % e.align != 0, SECTION_MISALIGNED, e.name.item);
        REFUSE(begin < first || begin > limit, SECTION_OUT_OF_BOUNDS, e.name.item);
        REFUSE(e.length > limit - begin, SECTION_OUT_OF_BOUNDS, e.name.item);
        REFUSE(begin < at, SECTION_OVERLAP, e.name.item);
        at = begin + e.length;
    }
    REFUSE(first != ENVELOPE_AT + slot, LAYOUT_FIELD, "manifest: first_section_offset");
    for (size_t i = 0; i < count; i++) {
        entry e = entry_of(image, none, i);
        uint64_t n = strlen(e.name.item), blocks = ceiling(e.header_at + 30 + n + 24, e.align);
        REFUSE(e.content_at != blocks * e.align, SECTION_MISPLACED, e.name.item);
        directory += 46 + n + 28;
    }
    REFUSE(limit != at, LAYOUT_FIELD, "manifest: central_directory_offset");
    uint64_t found = image->directory_length;
    REFUSE(found != directory, LAYOUT_FIELD, "manifest: central_directory_length");
    REFUSE(size != at + directory + END, LAYOUT_FIELD, "manifest: file_size");
    return M4FW_OK;
}

/* ---- Step 5: framing ---- */
/* Compares bytes of the file with those that have to be there; NULL stands for zeros. */
static m4fw_code compare_bytes(const m4fw_image *image, const char *front, const char *name,
                               uint64_t offset, const uint8_t *expected, uint64_t length) {
    uint8_t found[512];
    for (uint64_t i = 0; i < length; i++) {
        uint64_t at = i % sizeof found, rest = length - i;
        if (rest > sizeof found) rest = sizeof found;
        if (at == 0) TRY(load(image, offset + i, found, (size_t)rest));
        REFUSE_AT(found[at] != (expected == NULL ? 0 : expected[i]), FRAMING_DIFFERS, front,
                  text_of(name), offset + i);
    }
    return M4FW_OK;
}

/* The record of an entry before its content, up to the padding's zeros; or in the directory. */
static uint64_t make_record(const entry *e, int central, uint8_t *record) {
    uint64_t n = strlen(e->name.item);
    uint64_t extra = central ? 28 : e->content_at - e->header_at - 30 - n;
    uint8_t *p = pack(record, "42", (uint64_t[]){central ? 0x02014b50 : 0x04034b50, 45});
    if (central) p = put(p, 2, 45);
    p = pack(p, "242", (uint64_t[]){0x0800, 0, 0x0021});
    p = pack(p, "4822", (uint64_t[]){e->crc, UINT64_MAX, n, extra});
    if (central) p = pack(p, "644", (uint64_t[]){0, 0, 0xffffffff});
    p = put_bytes(p, e->name.item, (size_t)n);
    p = pack(p, "2288", (uint64_t[]){1, central ? 24 : 16, e->length, e->length});
    p = central ? put(p, 8, e->header_at) : pack(p, "22", (uint64_t[]){0xd935, extra - 24});
    return (uint64_t)(p - record);
}

static void make_end(const m4fw_image *image, uint64_t at, uint8_t record[END]) {
    uint64_t count = 2 + 2 * (uint64_t)image->section_count;
    uint8_t *p = pack(record, "48228", (uint64_t[]){0x06064b50, 44, 45, 45, 0});
    p = pack(p, "88", (uint64_t[]){count, count});
    p = pack(p, "88", (uint64_t[]){image->directory_length, image->directory_offset});
    p = pack(p, "4484", (uint64_t[]){0x07064b50, 0, at, 1});
    pack(p, "44482", (uint64_t[]){0x06054b50, 0, 0xffffffff, UINT64_MAX, 0});
}

static void make_header(const m4fw_image *image, const opening *o, uint8_t header[4032]) {
    memset(header, 0, 4032);
    uint8_t *p = pack(header, "8224", (uint64_t[]){UINT64_C(0x0a1a0a0d574d4689), 1, 0, 4032});
    p = pack(p, "8888", (uint64_t[]){image->file_size, ENVELOPE_AT, image->slot, o->length});
    p = pack(p, "88", (uint64_t[]){image->first_section_offset, image->directory_offset});
    p = pack(p, "811", (uint64_t[]){image->directory_length, image->log2_align, 12});
    p = pack(p, "24", (uint64_t[]){o->kind, 0});
    p = put_bytes(p, image->image_id, HASH);
    put(p, 4, crc32c_of(header, 112));
}

static m4fw_code check_framing(const m4fw_image *image, const opening *o, const uint8_t *slot) {
    static const char local[] = "local header of ";
    size_t count = 2 + 2 * image->section_count;
    uint64_t at = image->directory_offset, made;
    uint8_t *header = image->scratch, record[46 + MAX_NAME + 28];
    make_header(image, o, header);
    uint32_t crcs[] = {crc32_of(image->crc_table, 0, header, 4032),
                       crc32_of(image->crc_table, 0, slot, (size_t)image->slot)};
    for (size_t i = 0; i < count; i++) {
        entry e = entry_of(image, crcs, i);
        made = make_record(&e, 0, record);
        TRY(compare_bytes(image, local, e.name.item, e.header_at, record, made));
        made += e.header_at;
        TRY(compare_bytes(image, local, e.name.item, made, NULL, e.content_at - made));
        if (i == 0) TRY(compare_bytes(image, "", "header", 64, header, 4032));
    }
    for (size_t i = 0; i < count; i++, at += made) {
        entry e = entry_of(image, crcs, i);
        made = make_record(&e, 1, record);
        TRY(compare_bytes(image, "", "central directory", at, record, made));
    }
    make_end(image, at, record);
    return compare_bytes(image, "", "end of central directory", at, record, END);
}

/* ---- Step 6: signatures ---- */
static const struct {
    const char *prefix;
    size_t spki, raw, signature;
    const char *class;
} algorithms[M4FW_ALGORITHMS + 1] = {
    {"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 44, 32, 64, CLASSICAL},
    {"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
     "\x03\x42\x00\x04", 91, 64, 64, CLASSICAL},
    {"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"
     "\x03\x62\x00\x04", 120, 96, 96, CLASSICAL},
    {"\x30\x82\x07\xb2\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12\x03\x82\x07\xa1\x00",
     1974, 1952, 3309, POST_QUANTUM},
    {"\x30\x82\x0a\x32\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x13\x03\x82\x0a\x21\x00",
     2614, 2592, 4627, POST_QUANTUM},
    {"", 0, 0, 0, ""}, /* of none */
};

m4fw_algorithm m4fw_algorithm_of(const m4fw_key *key, const uint8_t **raw) {
    int a = 0;
    while (a < M4FW_ALGORITHMS &&
           (key->spki_length != algorithms[a].spki ||
            memcmp(key->spki, algorithms[a].prefix, algorithms[a].spki - algorithms[a].raw) != 0)) {
        a++;
    }
    *raw = key->spki + algorithms[a].spki - algorithms[a].raw;
    return (m4fw_algorithm)a;
}

/* Whether bytes have this digest, in hexadecimal. */
static int has_digest(const m4fw_image *image, const uint8_t *bytes, size_t length, m4fw_text hex) {
    uint8_t digest[HASH], digits[2 * HASH];
    image->crypto->sha256(image->crypto->context, bytes, length, digest);
    for (size_t i = 0; i < 2 * HASH; i++)
        digits[i] = (uint8_t)HEX[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    return compare((m4fw_text){digits, sizeof digits}, hex) == 0;
}

/* The key of the trust with this id, or NULL; if it must be, in a role and of a class. */
static const m4fw_key *find_key(const m4fw_image *image, const m4fw_trust *trust, m4fw_text id,
                                const element *must) {
    const uint8_t *raw;
    for (size_t i = 0; i < trust->key_count; i++) {
        const m4fw_key *key = &trust->keys[i];
        const char *class = algorithms[m4fw_algorithm_of(key, &raw)].class;
        if (must != NULL && !(is(must->first, key->role) && is(must->second, class))) continue;
        if (has_digest(image, key->spki, key->spki_length, id)) return key;
    }
    return NULL;
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
static m4fw_code enough(const m4fw_image *image, const opening *o, const element *must,
                        m4fw_code code) {
    uint64_t count = 0;
    for (const element *one = o->signers; one->first.length > 0; one++)
        count += find_key(image, o->trust, one->first, must) != NULL;
    const char *front = is(must->second, CLASSICAL) ? CLASSICAL IN_ROLE : POST_QUANTUM IN_ROLE;
    int met = must->threshold > 0 && count >= must->threshold;
    return met ? M4FW_OK : fail(image->result, code, front, must->first, 0);
}

static m4fw_code check_signatures(const m4fw_image *image, const opening *o, m4fw_text message,
                                  uint8_t *bytes) {
    const m4fw_trust *trust = o->trust;
    REFUSE(image->development && !trust->allow_development, DEVELOPMENT_IMAGE, "");
    REFUSE(image->development && !trust->development, ROOT_FOR_RELEASES, "");
    REFUSE(trust->development && !image->development, ROOT_FOR_DEVELOPMENT, "");
    for (const element *one = o->signers; one->first.length > 0; one++) {
        const m4fw_key *key = find_key(image, trust, one->first, NULL);
        int ignored = key == NULL && trust->allow_unknown_signatures;
        REFUSE_AT(key == NULL && !ignored, UNKNOWN_SIGNER, SIGNER, one->first, 0);
        if (!ignored) TRY(check_signature(image, key, one, message, bytes));
    }
    REFUSE(trust->required_count == 0, TOO_FEW_FOR_ROOT, "");
    for (size_t i = 0; i < trust->required_count; i++) {
        const m4fw_requirement *r = &trust->required[i];
        const char *class = r->post_quantum ? POST_QUANTUM : CLASSICAL;
        element must = {text_of(r->role), text_of(class), NOTHING, r->threshold};
        TRY(enough(image, o, &must, M4FW_TOO_FEW_FOR_ROOT));
    }
    for (const element *must = o->required; must->first.length > 0; must++)
        TRY(enough(image, o, must, M4FW_TOO_FEW_FOR_PAYLOAD));
    return M4FW_OK;
}

/* ---- Steps 1 to 6 ---- */
#define CRC_TABLES (8 * 256 * sizeof(uint32_t))
#define FRONT 128 /* room for what DSSE puts before the payload */
_Static_assert(65 * sizeof(element) <= BLOCK, "a list of 64 and its end fit into a block");

/*
 * The workspace: CRC tables, two blocks, two lists in a block each, the slot, "DSSEv1 ... " and
 * the payload, the signature at hand (with the payload at most 3/4 of the slot), the table of
 * sections, each of which takes at least 190 bytes of payload.
 */
static size_t workspace_for(uint64_t slot) {
    size_t payload = (size_t)slot / 4 * 3;
    size_t table = (payload / 190 + 1) * sizeof(m4fw_section);
    return CRC_TABLES + 4 * BLOCK + (size_t)slot + FRONT + payload + table + 64;
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
    opening o = {.trust = trust};
    *image = (m4fw_image){.source = source, .crypto = crypto, .result = result};
    *result = (m4fw_result){M4FW_OK, "", 0};
    TRY(read_header(image, &o));
    REFUSE(workspace_size < workspace_for(o.slot), WORKSPACE_TOO_SMALL, "");
    uint8_t *at = aligned(workspace), *last = (uint8_t *)workspace + workspace_size;
    image->crc_table = (uint32_t(*)[256])(void *)at;
    make_crc_table(image->crc_table);
    image->scratch = at + CRC_TABLES;
    o.signers = (element *)(void *)(image->scratch + 2 * BLOCK);
    o.required = (element *)(void *)(image->scratch + 3 * BLOCK);
    uint8_t *slot = image->scratch + 4 * BLOCK, *payload = slot + o.slot + FRONT;
    TRY(load(image, ENVELOPE_AT, slot, (size_t)o.slot));
    for (uint64_t i = o.length; i < o.slot; i++)
        REFUSE_AT(slot[i] != 0x20, SLOT_PADDING, "envelope slot", NOTHING, ENVELOPE_AT + i);
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
    return check_signatures(image, &o, message, payload + json.length);
}

/* ---- Step 8: sections ---- */
/* Copies a block of the tree or the bytes, and checks it against its hash; NULL: the digest. */
static m4fw_code copy_block(const m4fw_image *image, const m4fw_section *s, int tree,
                            uint64_t place, size_t length, const uint8_t *expected,
                            uint8_t block[BLOCK]) {
    uint8_t hash[HASH], descriptor[256] = {1, 1, 12};
    TRY(load(image, (tree ? s->tree_offset : s->offset) + place, block, length));
    memset(block + length, 0, BLOCK - length);
    image->crypto->sha256(image->crypto->context, block, BLOCK, hash);
    int same = expected == NULL || memcmp(hash, expected, HASH) == 0;
    REFUSE_AT(!same && tree, TREE_CORRUPT, SECTION, s->id, place);
    REFUSE_AT(!same, DATA_CORRUPT, SECTION, s->id, place);
    if (expected != NULL) return M4FW_OK;
    put(descriptor + 8, 8, s->length);
    if (s->length > 0) memcpy(descriptor + 16, hash, HASH); /* for no bytes, it is zeros */
    int good = has_digest(image, descriptor, 256, (m4fw_text){s->fsv.text + 7, 2 * HASH});
    REFUSE_AT(!good, ROOT_MISMATCH, SECTION, s->id, 0);
    return M4FW_OK;
}

/* Copies a block of bytes, checked against its leaf, and that, if it is new, down from the root. */
static m4fw_code copy_data(const m4fw_image *image, const m4fw_section *s, uint64_t index,
                           int new_leaf, uint8_t leaf[BLOCK], uint8_t block[BLOCK],
                           size_t *length) {
    uint64_t blocks = ceiling(s->length, BLOCK), level = 0, span = 1;
    uint64_t rest = s->length - index * BLOCK;
    uint8_t expected[HASH];
    while (new_leaf && span < blocks) span *= FAN_OUT;
    for (int root = 1; span > 1; root = 0) {
        uint64_t place = (level + index / span) * BLOCK;
        TRY(copy_block(image, s, 1, place, BLOCK, root ? NULL : expected, leaf));
        level += ceiling(blocks, span);
        span /= FAN_OUT;
        memcpy(expected, leaf + index / span % FAN_OUT * HASH, HASH);
    }
    const uint8_t *hash = s->tree_length == 0 ? NULL : leaf + index % FAN_OUT * HASH;
    *length = rest < BLOCK ? (size_t)rest : BLOCK;
    return copy_block(image, s, 0, index * BLOCK, *length, hash, block);
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
        TRY(copy_data(image, s, i, i % FAN_OUT == 0, leaf, data, &length));
        crc = crc32_of(image->crc_table, crc, data, length);
    }
    REFUSE_AT(crc != s->crc32, CRC_MISMATCH, SECTION, s->id, 0);
    REFUSE_AT(tree_crc != s->tree_crc32, CRC_MISMATCH, "tree of section ", s->id, 0);
    return M4FW_OK;
}

m4fw_code m4fw_read_block(m4fw_image *image, size_t section, uint64_t index, uint8_t block[4096],
                          size_t *length, m4fw_result *result) {
    const m4fw_section *s = &image->sections[section];
    image->result = result;
    REFUSE_AT(index >= ceiling(s->length, BLOCK), DATA_CORRUPT, SECTION, s->id, s->length);
    return copy_data(image, s, index, 1, image->scratch, block, length);
}

m4fw_code m4fw_verify(m4fw_image *image, const m4fw_source *source, const m4fw_crypto *crypto,
                      const m4fw_trust *trust, void *workspace, size_t workspace_size,
                      m4fw_result *result) {
    TRY(m4fw_open(image, source, crypto, trust, workspace, workspace_size, result));
    for (size_t i = 0; i < image->section_count; i++) TRY(m4fw_check_section(image, i, result));
    return M4FW_OK;
}

size_t m4fw_find_section(const m4fw_image *image, const char *id) {
    return find_section(image, text_of(id));
}
