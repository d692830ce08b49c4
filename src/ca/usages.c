#include "ca/usages.h"

#include "base/arena.h"
#include "base/text.h"
#include "x509/oid.h"
#include "x509/usage.h"

static const enum digest digests[] = { DIGEST_NONE, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };

static const char *dotted(struct bytes oid, struct arena *arena)
{
    char text[OID_TEXT_OCTETS_MAX];
    return oid_text(oid, text) ? arena_text(arena, text) : "";
}

static const char *name_of(const char *text, struct bytes oid, const struct list *names)
{
    const struct extended_key_usage *known = names->items;
    for (size_t i = 0; i < names->count; i++)
        if (text_equal(known[i].oid, text))
            return known[i].name;
    return oid_name(oid_find(oid));
}

bool usages_from_list(const struct list *list, struct arena *arena, struct oids *out,
                      struct error *err)
{
    const struct extended_key_usage *usages = list->items;
    const char **texts = arena_take(arena, list->count * sizeof *texts);
    for (size_t i = 0; i < list->count; i++)
        texts[i] = usages[i].oid;
    return usages_from_texts(texts, list->count, arena, out, err);
}

struct list usages_to_list(const struct oids *oids, const struct list *names, struct arena *arena)
{
    struct extended_key_usage *usages = arena_take(arena, oids->count * sizeof *usages);
    for (size_t i = 0; i < oids->count; i++) {
        usages[i].oid = dotted(oids->items[i], arena);
        usages[i].name = name_of(usages[i].oid, oids->items[i], names);
    }
    return (struct list){ usages, oids->count };
}

struct strings usages_texts(const struct oids *oids, struct arena *arena)
{
    const char **texts = arena_take(arena, oids->count * sizeof *texts);
    for (size_t i = 0; i < oids->count; i++)
        texts[i] = dotted(oids->items[i], arena);
    return (struct strings){ texts, oids->count };
}

enum digest digest_of_hash(int64_t hash)
{
    return hash > 0 && (size_t)hash < ARRAY_LEN(digests) ? digests[hash] : DIGEST_NONE;
}

int64_t hash_of_digest(enum digest digest)
{
    for (size_t i = 1; i < ARRAY_LEN(digests); i++)
        if (digests[i] == digest)
            return (int64_t)i;
    return 0;
}
