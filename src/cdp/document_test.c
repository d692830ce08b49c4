#include "unit/unit.h"

#include "cdp/document.h"

#include <stdio.h>

static struct document *made(int64_t version, size_t octets)
{
    struct document_key key = { .kind = DOCUMENT_CRL, .version = version, .ca_id = "a" };
    struct document *document = document_new(&key);
    document->body = buf_new(octets);
    buf_extend(document->body, octets);
    return document;
}

static bool holds(struct document_cache *cache, int64_t version)
{
    struct document_key key = { .kind = DOCUMENT_CRL, .version = version, .ca_id = "a" };
    int64_t age = 0;
    struct document *found = document_cache_find(cache, &key, 5000, &age);
    document_release(found);
    return found != NULL;
}

TEST(cache_finds_what_was_put_and_its_age)
{
    SCOPED(document_cache_free) struct document_cache *cache = document_cache_new();
    SCOPED(document_release) struct document *document = made(1, 10);
    document_cache_put(cache, document, 1000);
    int64_t age = 0;
    SCOPED(document_release)
    struct document *found = document_cache_find(cache, &document->key, 1700, &age);
    assert_ptr_equal(found, document);
    assert_int_equal(age, 700);
    assert_false(holds(cache, 2));
}

TEST(cache_tells_kinds_apart)
{
    SCOPED(document_cache_free) struct document_cache *cache = document_cache_new();
    SCOPED(document_release) struct document *document = made(1, 10);
    document_cache_put(cache, document, 0);
    struct document_key delta = document->key;
    delta.kind = DOCUMENT_DELTA;
    int64_t age = 0;
    assert_null(document_cache_find(cache, &delta, 0, &age));
}

TEST(cache_replaces_what_has_the_same_key)
{
    SCOPED(document_cache_free) struct document_cache *cache = document_cache_new();
    SCOPED(document_release) struct document *old = made(1, 10);
    SCOPED(document_release) struct document *new = made(1, 20);
    document_cache_put(cache, old, 0);
    document_cache_put(cache, new, 0);
    int64_t age = 0;
    SCOPED(document_release)
    struct document *found = document_cache_find(cache, &old->key, 0, &age);
    assert_ptr_equal(found, new);
}

TEST(cache_stays_bounded_in_documents)
{
    SCOPED(document_cache_free) struct document_cache *cache = document_cache_new();
    for (int64_t version = 1; version <= 5000; version++) {
        SCOPED(document_release) struct document *document = made(version, 10);
        document_cache_put(cache, document, 0);
        assert_true(holds(cache, version));
    }
    assert_false(holds(cache, 1));
}

TEST(cache_stays_bounded_in_octets)
{
    SCOPED(document_cache_free) struct document_cache *cache = document_cache_new();
    for (int64_t version = 1; version <= 5; version++) {
        SCOPED(document_release) struct document *document = made(version, 20 * 1024 * 1024);
        document_cache_put(cache, document, 0);
    }
    assert_false(holds(cache, 1));
    assert_true(holds(cache, 5));
}
