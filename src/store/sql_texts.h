/*
 * sql_texts - statements whose text is made at run time, one object per text, so that
 * connections can keep what they prepared for it.
 *
 * Thread-safe. Bounded, because clients choose which filters they combine: past the bound a
 * statement is made for one call only.
 */
#pragma once

#include "base/attributes.h"
#include "store/statement.h"

enum { SQL_TEXTS_MAX = 512 };

struct sql_texts;

struct sql_texts *sql_texts_new(void);

/* The kept statement with this text, NULL when it is new and there is no room. */
const struct statement *sql_texts_keep(struct sql_texts *texts, const char *sql, const char *types);
void sql_texts_free(struct sql_texts *texts);
DEFINE_SCOPED(struct sql_texts *, sql_texts_free)
