#include "auth/challenge.h"

#include "auth/auth_internal.h"
#include "auth/failures.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "base/times.h"
#include "keys/keys.h"
#include "model/audit.h"
#include "model/ca.h"
#include "store/entity.h"
#include "store/rows.h"
#include "store/store.h"
#include "x509/csr.h"
#include "x509/name.h"
#include "x509/san.h"
#include "x509/sid.h"
#include "x509/usage.h"

#include <string.h>

enum {
    SECRET_OCTETS = 16,
    USES_MAX = 1000000,
    LIFETIME_MIN_S = 60,
    LIFETIME_MAX_S = 30 * DAY,
    LIFETIME_DEFAULT_S = HOUR,
    VALIDITY_DAYS_MAX = 3650,
    FAULTS_OCTETS_MAX = ERROR_MESSAGE_OCTETS,
};

struct challenges {
    struct failures *failures;
};

struct challenges *challenges_new(void)
{
    struct challenges *challenges = memory_new(sizeof *challenges);
    challenges->failures = failures_new();
    return challenges;
}

void challenges_free(struct challenges *challenges)
{
    if (!challenges)
        return;
    failures_free(challenges->failures);
    memory_free(challenges);
}

/* The domain of the MAC names the CA, so that another CA's secret is simply unknown. */
static void mac_of(struct auth *auth, const char *ca_id, const char *secret, struct arena *arena,
                   uint8_t out[32])
{
    keys_mac(auth->keys, arena_format(arena, "challenge/%s", ca_id), bytes_of_text(secret), out);
}

/* ---- making one ---- */

/* Every value that cannot be is named, in one message. */
static void add_fault(struct buf *faults, const char *member, const char *why)
{
    buf_add_format(faults, "%s%s: %s", buf_len(faults) ? "; " : "", member, why);
}

static void check_number(struct buf *faults, const char *member, int64_t value, int64_t min,
                         int64_t max)
{
    if (value < min || value > max)
        buf_add_format(faults, "%s%s: must be from %lld to %lld", buf_len(faults) ? "; " : "",
                       member, (long long)min, (long long)max);
}

static void check_text(struct buf *faults, const char *member, const char *text)
{
    if (text && (text_characters(text) > 256 || text_has_control(text)))
        add_fault(faults, member, "at most 256 characters, none of them a control character");
}

static void take_subject(const struct challenge_wish *wish, struct arena *arena,
                         struct challenge *out, struct buf *faults)
{
    struct error why = { .code = ERR_NONE };
    SCOPED(buf_free) struct buf *name = buf_new(NAME_OCTETS_MAX);
    if (!wish->subject)
        return;
    if (name_from_text(wish->subject, name, &why))
        out->subject = arena_bytes(arena, buf_bytes(name));
    else
        add_fault(faults, "subjectName", why.message);
}

static void take_sans(const struct challenge_wish *wish, struct arena *arena, struct challenge *out,
                      struct buf *faults)
{
    if (wish->sans.count > SANS_MAX)
        add_fault(faults, "subjectAlternativeNames", "at most 100");
    for (size_t i = 0; i < wish->sans.count && i < SANS_MAX; i++) {
        struct error why = { .code = ERR_NONE };
        struct san san;
        if (!san_from_text(wish->sans.items[i], arena, &san, &why) || !san_check(&san, &why))
            add_fault(faults, "subjectAlternativeNames", why.message);
        else if (san_is_sid(&san))
            add_fault(faults, "subjectAlternativeNames", "a SID goes into sid");
    }
    out->sans = wish->sans;
}

/* EKU = the challenge's, or clientAuth, ∩ the CA's: with nothing in common none could be issued. */
static void check_usages_of_ca(const struct oids *wanted, const struct ca *ca, struct buf *faults)
{
    static const char client_auth[] = "1.3.6.1.5.5.7.3.2";
    const struct extended_key_usage *usages = ca->ekus.items;
    bool is_common = ca->ekus.count == 0;
    for (size_t i = 0; i < ca->ekus.count; i++) {
        SCOPED(buf_free) struct buf *oid = buf_new(OID_OCTETS_MAX);
        struct error ignored = { .code = ERR_NONE };
        is_common |= wanted->count ? oid_from_text(usages[i].oid, oid, &ignored) &&
                                         oids_contain(wanted, buf_bytes(oid))
                                   : text_equal(usages[i].oid, client_auth);
    }
    if (!is_common)
        add_fault(faults, "extendedKeyUsages", "none of them is one of the CA's");
}

static void take_ekus(const struct challenge_wish *wish, const struct ca *ca, struct arena *arena,
                      struct challenge *out, struct buf *faults)
{
    struct error why = { .code = ERR_NONE };
    struct oids oids = { NULL, 0 };
    if (wish->ekus.count > EKUS_MAX)
        add_fault(faults, "extendedKeyUsages", "at most 64");
    else if (!usages_from_texts((const char *const *)wish->ekus.items, wish->ekus.count, arena,
                                &oids, &why))
        add_fault(faults, "extendedKeyUsages", why.message);
    for (size_t i = 0; i < oids.count; i++)
        if (usage_is_forbidden(oids.items[i]))
            add_fault(faults, "extendedKeyUsages", wish->ekus.items[i]);
    if (ca && why.code == ERR_NONE && wish->ekus.count <= EKUS_MAX)
        check_usages_of_ca(&oids, ca, faults);
    out->ekus = wish->ekus;
}

static void take_times(const struct challenge_wish *wish, time_t now, struct challenge *out,
                       struct buf *faults)
{
    int64_t lifetime = wish->lifetime_s ? wish->lifetime_s : LIFETIME_DEFAULT_S;
    out->uses_max = wish->is_static ? 0 : wish->uses ? wish->uses : 1;
    out->validity_days = wish->validity_days;
    check_number(faults, "validityInDays", wish->validity_days, 0, VALIDITY_DAYS_MAX);
    if (wish->is_static)
        return;
    check_number(faults, "uses", out->uses_max, 1, USES_MAX);
    check_number(faults, "lifetimeInSeconds", lifetime, LIFETIME_MIN_S, LIFETIME_MAX_S);
    out->expires_at = now + lifetime;
}

static void take_people(const struct challenge_wish *wish, struct challenge *out,
                        struct buf *faults)
{
    check_text(faults, "deviceName", out->device_name = wish->device_name);
    check_text(faults, "deviceId", out->device_id = wish->device_id);
    check_text(faults, "devicePlatform", out->device_platform = wish->device_platform);
    check_text(faults, "userPrincipalName", out->user_principal_name = wish->user_principal_name);
    check_text(faults, "userId", out->user_id = wish->user_id);
    out->sid = wish->sid;
    if (wish->sid && !sid_is_valid(wish->sid))
        add_fault(faults, "sid", "not a security identifier such as S-1-5-21-…");
}

/* ca NULL: its usages are not looked at. */
static bool check_wish(const struct challenge_wish *wish, const struct ca *ca, time_t now,
                       struct arena *arena, struct challenge *out, struct error *err)
{
    SCOPED(buf_free) struct buf *faults = buf_new(16 * FAULTS_OCTETS_MAX);
    take_subject(wish, arena, out, faults);
    take_sans(wish, arena, out, faults);
    take_ekus(wish, ca, arena, out, faults);
    take_times(wish, now, out, faults);
    take_people(wish, out, faults);
    if (!wish->subject && wish->sans.count == 0 && !wish->allow_any_name)
        add_fault(faults, "subjectName", "needed, unless subjectAlternativeNames or allowAnyName");
    if ((wish->subject || wish->sans.count > 0) && wish->allow_any_name)
        add_fault(faults, "allowAnyName", "does not go with bound names");
    if (buf_len(faults) > 0)
        return fail(err, ERR_INVALID, "%s", buf_text(faults));
    return true;
}

/* Only a CA that enrols devices, or will again, has challenges. */
static bool check_ca(struct auth *auth, const struct challenge_wish *wish, time_t now,
                     struct arena *arena, struct ca *out, struct error *err)
{
    SCOPED(session_free) struct session *session = store_read(auth->store, err);
    if (!session ||
        !entity_get(session, &ca_entity, wish->tenant_id, wish->ca_id, now, arena, out, err))
        return false;
    if (out->deleted_at || out->is_internal)
        return fail(err, ERR_NOT_FOUND, "there is no CA %s", wish->ca_id);
    if (out->type == CA_ROOT)
        return fail(err, ERR_CONFLICT, "a root enrols no devices: name one of its issuing CAs");
    if (out->status != CA_ACTIVE && out->status != CA_PAUSED)
        return fail(err, ERR_CONFLICT, "the CA is %s: only an active or paused one has challenges",
                    enum_text(&ca_status_texts, out->status));
    return true;
}

struct creation {
    const struct challenge *challenge;
    struct audit_event audit;
};

static bool write_challenge(struct session *session, void *context, struct error *err)
{
    const struct creation *creation = context;
    const struct challenge *challenge = creation->challenge;
    if (challenge->is_static &&
        !challenges_delete_static(session, challenge->tenant_id, challenge->ca_id, err))
        return false;
    return entity_insert(session, &challenge_entity, challenge, err) &&
           audit_insert(session, &creation->audit, err);
}

static void draw_secret(char out[CHALLENGE_TEXT_OCTETS])
{
    uint8_t random[SECRET_OCTETS];
    SCOPED(buf_free) struct buf *text = buf_new(2 * SECRET_OCTETS);
    random_fill(random, sizeof random);
    hex_encode(BYTES_OF(random), text);
    memcpy(out, buf_text(text), CHALLENGE_TEXT_OCTETS);
    bytes_wipe(random, sizeof random);
}

bool challenge_create(struct auth *auth, const struct challenge_wish *wish, time_t now,
                      struct arena *arena, struct challenge *out,
                      char secret[CHALLENGE_TEXT_OCTETS], struct error *err)
{
    char *id = arena_take(arena, UUID_TEXT_OCTETS);
    uint8_t *mac = arena_take(arena, 32);
    *out = (struct challenge){ .id = id,
                               .tenant_id = wish->tenant_id,
                               .ca_id = wish->ca_id,
                               .secret_mac = { mac, 32 },
                               .allow_any_name = wish->allow_any_name,
                               .requires_approval = wish->requires_approval,
                               .is_static = wish->is_static,
                               .created_by = wish->created_by,
                               .created_at = now };
    struct ca ca;
    if (!check_ca(auth, wish, now, arena, &ca, err) || !check_wish(wish, &ca, now, arena, out, err))
        return false;
    random_uuid(id);
    draw_secret(secret);
    mac_of(auth, wish->ca_id, secret, arena, mac);
    struct creation creation = {
        .challenge = out,
        .audit = { .tenant_id = wish->tenant_id,
                   .actor = wish->created_by,
                   .activity = "Create ScepChallenge",
                   .object_type = "cloudCertificationAuthority",
                   .object_id = wish->ca_id,
                   .request_id = wish->request_id,
                   .detail = wish->allow_any_name ? "allows any name" : wish->subject,
                   .is_success = true,
                   .at = now },
    };
    return store_write(auth->store, write_challenge, &creation, err);
}

bool challenge_grant(const struct challenge_wish *wish, time_t now, struct arena *arena,
                     struct grant *out, struct error *err)
{
    struct challenge *challenge = arena_take(arena, sizeof *challenge);
    *challenge = (struct challenge){ .tenant_id = wish->tenant_id,
                                     .ca_id = wish->ca_id,
                                     .allow_any_name = wish->allow_any_name,
                                     .created_at = now };
    if (!check_wish(wish, NULL, now, arena, challenge, err))
        return false;
    *out = grant_of_challenge(challenge, now);
    return true;
}

/* ---- ending the static one ---- */

struct ending {
    const char *tenant_id;
    const char *ca_id;
    struct audit_event audit;
};

static bool write_ending(struct session *session, void *context, struct error *err)
{
    const struct ending *ending = context;
    return challenges_delete_static(session, ending->tenant_id, ending->ca_id, err) &&
           audit_insert(session, &ending->audit, err);
}

bool challenge_end_static(struct auth *auth, const char *tenant_id, const char *ca_id,
                          const char *actor, const char *request_id, time_t now, struct error *err)
{
    struct ending ending = { tenant_id,
                             ca_id,
                             { .tenant_id = tenant_id,
                               .actor = actor,
                               .activity = "Delete ScepChallenge",
                               .object_type = "cloudCertificationAuthority",
                               .object_id = ca_id,
                               .request_id = request_id,
                               .is_success = true,
                               .at = now } };
    return store_write(auth->store, write_ending, &ending, err);
}

/* ---- checking one ---- */

static bool find_challenge(struct auth *auth, const char *ca_id, const char *secret,
                           struct arena *arena, struct challenge *out, struct error *err)
{
    uint8_t mac[32];
    mac_of(auth, ca_id, secret, arena, mac);
    SCOPED(session_free) struct session *session = store_read(auth->store, err);
    return session && challenges_find(session, ca_id, BYTES_OF(mac), arena, out, err);
}

bool challenge_check(struct auth *auth, const char *ca_id, const char *secret, const char *peer,
                     time_t now, struct arena *arena, struct grant *out, struct error *err)
{
    struct failures *failures = auth->challenges->failures;
    struct challenge *challenge = arena_take(arena, sizeof *challenge);
    if (!failures_may_try(failures, peer, ca_id, now))
        return fail(err, ERR_THROTTLED, "too many wrong challenges from %s", peer);
    if (!find_challenge(auth, ca_id, secret, arena, challenge, err)) {
        if (err->code == ERR_BAD_CHALLENGE)
            failures_add(failures, peer, ca_id, now);
        return false;
    }
    *out = grant_of_challenge(challenge, now);
    return true;
}
