#include "auth/provider.h"

#include "base/arena.h"

struct strings strings_copy(const struct strings *from, struct arena *arena)
{
    struct strings copy = { arena_take(arena, (from->count + 1) * sizeof *copy.items), 0 };
    for (; copy.count < from->count; copy.count++)
        copy.items[copy.count] = arena_text(arena, from->items[copy.count]);
    return copy;
}

struct provider_settings provider_settings_copy(const struct provider_settings *from,
                                                struct arena *arena)
{
    return (struct provider_settings){
        .name = arena_text(arena, from->name),
        .issuers = strings_copy(&from->issuers, arena),
        .audiences = strings_copy(&from->audiences, arena),
        .jwks_url = arena_text(arena, from->jwks_url),
        .metadata_url = arena_text(arena, from->metadata_url),
        .hosts = strings_copy(&from->hosts, arena),
        .ca_file = arena_text(arena, from->ca_file),
        .algorithms = from->algorithms,
        .allows_untyped = from->allows_untyped,
        .tenant_claim = arena_text(arena, from->tenant_claim),
        .tenants = strings_copy(&from->tenants, arena),
        .tenant_id = arena_text(arena, from->tenant_id),
        .subject_claim = arena_text(arena, from->subject_claim),
        .scope_claims = strings_copy(&from->scope_claims, arena),
        .role_claims = strings_copy(&from->role_claims, arena),
        .directory_role_claims = strings_copy(&from->directory_role_claims, arena),
    };
}
