#include "unit/unit.h"

#include "base/arena.h"
#include "base/text.h"
#include "base/times.h"
#include "ca/issuer.h"
#include "ca/lifecycle/mint.h"
#include "ca/ra.h"
#include "ca/world_test.h"
#include "model/grant.h"
#include "store/rows.h"
#include "x509/certificate.h"
#include "x509/name.h"

#include <openssl/x509v3.h>
#include <string.h>

/* ---- somebody else's PKI, made by OpenSSL ---- */

struct outside {
    X509 *x509;
    EVP_PKEY *key;
};

/* What stands in a certificate that they issue; NULL leaves an extension out. */
struct outside_wish {
    const char *basic;
    const char *usage;
    const char *ekus;
    const char *constraints;
    const char *subject; /* NULL: the CSR's, octet by octet */
    EVP_PKEY *key;       /* NULL: the CSR's */
    const EVP_MD *digest;
    long starts; /* seconds from WORLD_NOW */
    long ends;
    bool has_unknown_critical;
    bool has_no_key_identifier;
    bool has_flipped_signature;
};

static const struct outside_wish good_ca = { .basic = "critical,CA:TRUE",
                                             .usage = "critical,keyCertSign,cRLSign",
                                             .starts = -3600,
                                             .ends = 5 * 365 * DAY };
static const struct outside_wish good_issuing = {
    .basic = "critical,CA:TRUE,pathlen:0",
    .usage = "critical,digitalSignature,keyCertSign,cRLSign",
    .ekus = "clientAuth",
    .starts = -3600,
    .ends = 2 * 365 * DAY
};

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    if (!value)
        return;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

static void add_unknown_critical(X509 *x509)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void set_subject(X509 *x509, const char *common_name, const char *organization)
{
    X509_NAME *name = X509_NAME_new();
    if (organization)
        X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)organization,
                                   -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1,
                               -1, 0);
    X509_set_subject_name(x509, name);
    X509_NAME_free(name);
}

/* issuer NULL: self-signed with wish->key. */
static X509 *outside_issue(const struct outside *issuer, X509_REQ *request,
                           const struct outside_wish *wish)
{
    static long serial = 1000;
    X509 *x509 = X509_new();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    ASN1_TIME_set(X509_getm_notBefore(x509), WORLD_NOW + wish->starts);
    ASN1_TIME_set(X509_getm_notAfter(x509), WORLD_NOW + wish->ends);
    if (wish->subject)
        set_subject(x509, wish->subject, NULL);
    else
        X509_set_subject_name(x509, X509_REQ_get_subject_name(request));
    X509 *above = issuer ? issuer->x509 : x509;
    X509_set_issuer_name(x509, X509_get_subject_name(above));
    X509_set_pubkey(x509, wish->key ? wish->key : X509_REQ_get0_pubkey(request));
    add_extension(x509, above, NID_basic_constraints, wish->basic);
    add_extension(x509, above, NID_key_usage, wish->usage);
    add_extension(x509, above, NID_ext_key_usage, wish->ekus);
    add_extension(x509, above, NID_name_constraints, wish->constraints);
    if (!wish->has_no_key_identifier)
        add_extension(x509, above, NID_subject_key_identifier, "hash");
    add_extension(x509, above, NID_authority_key_identifier, issuer ? "keyid" : NULL);
    add_extension(x509, above, NID_info_access, "caIssuers;URI:http://outside.example/ca.cer");
    if (wish->has_unknown_critical)
        add_unknown_critical(x509);
    X509_sign(x509, issuer ? issuer->key : wish->key, wish->digest ? wish->digest : EVP_sha256());
    if (wish->has_flipped_signature) {
        const ASN1_BIT_STRING *signature;
        X509_get0_signature(&signature, NULL, x509);
        signature->data[signature->length - 1] ^= 1;
    }
    return x509;
}

static struct bytes outside_der(struct world *world, X509 *x509)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x509, &der);
    assert_true(len > 0);
    struct bytes copy = arena_bytes(world->arena, (struct bytes){ der, (size_t)len });
    OPENSSL_free(der);
    return copy;
}

/* A root and an intermediate of theirs, and a CA of ours that waits for its certificate. */
struct scene {
    struct world *world;
    struct outside root;
    struct outside middle;
    struct ca ca;
    X509_REQ *request;
    struct bytes chain[3];
    size_t count;
};

static struct outside outside_ca(const struct outside *issuer, const char *name,
                                 const struct outside_wish *wish)
{
    struct outside_wish own = *wish;
    struct outside ca = { .key = world_key() };
    own.subject = name;
    own.key = ca.key;
    ca.x509 = outside_issue(issuer, NULL, &own);
    return ca;
}

static void scene_open_as(struct scene *scene, struct world *world, const char *name,
                          const struct outside_wish *root, const struct outside_wish *middle)
{
    struct ca wish = world_wish(CA_ISSUING_EXTERNAL_ROOT, name, NULL);
    *scene = (struct scene){ .world = world };
    scene->root = outside_ca(NULL, "Outside Root", root);
    scene->middle = outside_ca(&scene->root, "Outside Middle", middle);
    unit_ok(world_create(world, &wish, &scene->ca) == ERR_NONE, &world->err);
    const unsigned char *at = scene->ca.csr.data;
    scene->request = d2i_X509_REQ(NULL, &at, (long)scene->ca.csr.len);
    assert_non_null(scene->request);
    scene->chain[0] = outside_der(world, scene->root.x509);
    scene->chain[1] = outside_der(world, scene->middle.x509);
    scene->count = 2;
}

static void scene_open(struct scene *scene, struct world *world, const struct outside_wish *root,
                       const struct outside_wish *middle)
{
    scene_open_as(scene, world, "Ours", root, middle);
}

static void scene_close(struct scene *scene)
{
    X509_free(scene->root.x509);
    X509_free(scene->middle.x509);
    EVP_PKEY_free(scene->root.key);
    EVP_PKEY_free(scene->middle.key);
    X509_REQ_free(scene->request);
}

static struct bytes sign_ours(struct scene *scene, const struct outside_wish *wish)
{
    X509 *x509 = outside_issue(&scene->middle, scene->request, wish);
    struct bytes der = outside_der(scene->world, x509);
    X509_free(x509);
    return der;
}

static enum error_code upload(struct scene *scene, struct bytes certificate, struct ca *out)
{
    struct world *world = scene->world;
    error_clear(&world->err);
    if (ca_upload(world->authority, &world->actor, scene->ca.id, 0, 0, certificate, scene->chain,
                  scene->count, world->now, world->arena, out, &world->err))
        return ERR_NONE;
    return world->err.code;
}

static void assert_uploaded(struct scene *scene, struct bytes certificate, struct ca *out)
{
    unit_ok(upload(scene, certificate, out) == ERR_NONE, &scene->world->err);
}

static void assert_refused(struct scene *scene, struct bytes certificate, const char *why)
{
    struct ca out;
    assert_int_equal(upload(scene, certificate, &out), ERR_INVALID);
    if (!strstr(scene->world->err.message, why))
        unit_fail("'%s' does not say '%s'", scene->world->err.message, why);
}

#define SCENE_TEST(test_name)                           \
    static void test_name##_scene(struct scene *scene); \
    WORLD_TEST(test_name)                               \
    {                                                   \
        struct scene scene;                             \
        scene_open(&scene, world, &good_ca, &good_ca);  \
        test_name##_scene(&scene);                      \
        scene_close(&scene);                            \
    }                                                   \
    static void test_name##_scene(struct scene *scene)

/* ---- the CSR ---- */

SCENE_TEST(s7_the_csr_asks_for_bc_ku_eku_and_ski)
{
    assert_int_equal(scene->ca.status, CA_SIGNING_PENDING);
    assert_int_equal(scene->ca.active_version, 0);
    assert_int_equal(X509_REQ_verify(scene->request, X509_REQ_get0_pubkey(scene->request)), 1);
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(scene->request);
    static const int wanted[] = { NID_basic_constraints, NID_key_usage, NID_ext_key_usage,
                                  NID_subject_key_identifier };
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        assert_true(X509v3_get_ext_by_NID(extensions, wanted[i], -1) >= 0);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    struct issuer *issuer = issuer_get(scene->world->authority, WORLD_TENANT, scene->ca.id, 0,
                                       scene->world->now, &scene->world->err);
    assert_null(issuer);
    assert_int_equal(scene->world->err.code, ERR_NOT_FOUND);
}

WORLD_TEST(s2_an_external_roots_hash_follows_from_the_key)
{
    static const struct {
        enum key_type type;
        int64_t hash;
    } rows[] = { { KEY_P256, 1 }, { KEY_P256K, 1 }, { KEY_P384, 2 }, { KEY_P521, 3 } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ca out;
        struct ca wish = world_wish(CA_ISSUING_EXTERNAL_ROOT, key_type_text(rows[i].type), NULL);
        wish.key_size = rows[i].type;
        wish.hash = 0;
        unit_ok(world_create(world, &wish, &out) == ERR_NONE, &world->err);
        assert_int_equal(out.hash, rows[i].hash);
    }
}

/* ---- what is accepted ---- */

SCENE_TEST(s7_a_signed_certificate_makes_the_ca_active)
{
    struct ca ca;
    struct world *world = scene->world;
    struct bytes certificate = sign_ours(scene, &good_issuing);
    assert_uploaded(scene, certificate, &ca);
    assert_int_equal(ca.status, CA_ACTIVE);
    assert_int_equal(ca.active_version, 1);
    assert_string_equal(ca.issuer_common_name, "Outside Middle");
    assert_string_equal(ca.root_common_name, "Outside Root");
    assert_string_equal(ca.external_issuer_url, "http://outside.example/ca.cer");
    assert_int_equal(ca.validity_years, 2);
    assert_int_equal(ca.csr.len, 0);
    assert_int_equal(ca.not_after, WORLD_NOW + good_issuing.ends);
    struct issuer *issuer = world_issuer(world, ca.id);
    assert_int_equal(issuer->ekus.count, 1); /* the certificate's ∩ the property */
    struct leaf leaf = world_leaf(world, ca.id, "device");
    struct certificate parsed = world_parse(world, leaf.certificate);
    struct certificate own = world_parse(world, certificate);
    assert_true(bytes_equal(parsed.issuer, own.subject));
    assert_true(bytes_equal(parsed.authority_key_identifier, own.subject_key_identifier));
    struct buf *chain = buf_new(65536);
    buf_add(chain, issuer->certificate);
    buf_add(chain, issuer->chain);
    assert_int_equal(world_verify(leaf.certificate, buf_bytes(chain), world->now), X509_V_OK);
    buf_free(chain);
    issuer_release(issuer);
    struct officer *ra = ra_get(world->authority, ca.id, 0, world->now, &world->err);
    unit_ok(ra != NULL, &world->err);
    officer_release(ra);
    assert_int_equal(upload(scene, certificate, &ca), ERR_CONFLICT);
}

SCENE_TEST(s7_pem_and_base64_are_read_and_the_chain_may_stand_in_one_piece)
{
    struct ca ca;
    struct buf *text = buf_new(65536);
    struct buf *chain = buf_new(65536);
    base64_encode(sign_ours(scene, &good_issuing), text);
    pem_encode("CERTIFICATE", scene->chain[1], chain);
    pem_encode("CERTIFICATE", scene->chain[0], chain);
    struct buf *wrapped = buf_new(65536);
    base64_encode(buf_bytes(chain), wrapped);
    scene->chain[0] = buf_bytes(wrapped);
    scene->count = 1;
    assert_uploaded(scene, buf_bytes(text), &ca);
    buf_free(text);
    buf_free(chain);
    buf_free(wrapped);
}

SCENE_TEST(s7_the_uploaded_subject_is_copied_octet_by_octet)
{
    struct world *world = scene->world;
    struct ca ca;
    /* PrintableString and other case: equal by RFC 5280 §7.1, other octets. */
    X509_NAME *name = X509_NAME_new();
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"CH", -1, -1, 0);
    X509_NAME_add_entry_by_NID(name, NID_organizationName, V_ASN1_PRINTABLESTRING,
                               (unsigned char *)(uintptr_t) "ACME", -1, -1, 0);
    X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_PRINTABLESTRING,
                               (unsigned char *)(uintptr_t) "OURS", -1, -1, 0);
    X509_REQ_set_subject_name(scene->request, name);
    X509_NAME_free(name);
    struct bytes certificate = sign_ours(scene, &good_issuing);
    assert_uploaded(scene, certificate, &ca);
    struct certificate own = world_parse(world, certificate);
    struct leaf leaf = world_leaf(world, ca.id, "device");
    assert_true(bytes_equal(world_parse(world, leaf.certificate).issuer, own.subject));
    struct issuer *issuer = world_issuer(world, ca.id);
    assert_true(bytes_equal(issuer->subject, own.subject));
    issuer_release(issuer);
}

SCENE_TEST(s7_usages_are_the_propertys_where_the_certificate_has_none)
{
    struct ca ca;
    struct outside_wish wish = good_issuing;
    wish.ekus = NULL;
    assert_uploaded(scene, sign_ours(scene, &wish), &ca);
    struct issuer *issuer = world_issuer(scene->world, ca.id);
    assert_int_equal(issuer->ekus.count, 2);
    issuer_release(issuer);
}

SCENE_TEST(s7_a_certificate_without_key_identifier_gets_that_of_its_key)
{
    struct ca ca;
    struct outside_wish wish = good_issuing;
    wish.has_no_key_identifier = true;
    assert_uploaded(scene, sign_ours(scene, &wish), &ca);
    struct leaf leaf = world_leaf(scene->world, ca.id, "device");
    assert_int_equal(world_parse(scene->world, leaf.certificate).authority_key_identifier.len, 20);
}

/* ---- what is refused ---- */

SCENE_TEST(s7_every_check_of_the_certificate)
{
    EVP_PKEY *other = world_key();
    static const char own[] = "signedCertificate";
    const struct {
        const char *why;
        struct outside_wish wish;
    } rows[] = {
#define ROW(text, ...)                                                                      \
    {                                                                                       \
        text,                                                                               \
        {                                                                                   \
            .basic = good_issuing.basic, .usage = good_issuing.usage, .ekus = "clientAuth", \
            .starts = -3600, .ends = 100 * DAY, __VA_ARGS__                                 \
        }                                                                                   \
    }
        ROW("key is not the one", .key = other),
        ROW("subject is not the one", .subject = "Theirs"),
        { "basicConstraints", { .usage = good_issuing.usage, .starts = -1, .ends = DAY } },
        { "basicConstraints",
          { .basic = "critical,CA:FALSE",
            .usage = good_issuing.usage,
            .starts = -1,
            .ends = DAY } },
        { "not critical",
          { .basic = "CA:TRUE", .usage = good_issuing.usage, .starts = -1, .ends = DAY } },
        { "keyUsage", { .basic = good_issuing.basic, .starts = -1, .ends = DAY } },
        { "keyUsage",
          { .basic = good_issuing.basic,
            .usage = "critical,keyCertSign",
            .starts = -1,
            .ends = DAY } },
        { "keyUsage",
          { .basic = good_issuing.basic, .usage = "critical,cRLSign", .starts = -1, .ends = DAY } },
        { "not valid yet",
          { .basic = good_issuing.basic, .usage = good_issuing.usage, .starts = 1, .ends = DAY } },
        { "expired",
          { .basic = good_issuing.basic,
            .usage = good_issuing.usage,
            .starts = -DAY,
            .ends = -1 } },
        ROW("critical extension", .has_unknown_critical = true),
        ROW("signature", .has_flipped_signature = true),
        ROW("SHA1", .digest = EVP_sha1()),
        { "extended key usages",
          { .basic = good_issuing.basic,
            .usage = good_issuing.usage,
            .ekus = "emailProtection",
            .starts = -1,
            .ends = DAY } },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_refused(scene, sign_ours(scene, &rows[i].wish), rows[i].why);
        assert_non_null(strstr(scene->world->err.message, own));
    }
    EVP_PKEY_free(other);
    struct ca ca;
    assert_uploaded(scene, sign_ours(scene, &good_issuing), &ca);
}

SCENE_TEST(s7_the_chain_is_whole_and_nothing_more)
{
    struct bytes certificate = sign_ours(scene, &good_issuing);
    struct bytes root = scene->chain[0];
    struct bytes middle = scene->chain[1];
    scene->count = 0;
    assert_refused(scene, certificate, "'CN=Outside Middle' is missing");
    scene->chain[0] = middle;
    scene->count = 1;
    assert_refused(scene, certificate, "'CN=Outside Root' is missing");
    scene->chain[0] = root;
    assert_refused(scene, certificate, "'CN=Outside Middle' is missing");
    scene->chain[1] = middle;
    scene->chain[2] = middle;
    scene->count = 3;
    assert_refused(scene, certificate, "no link");
    scene->chain[2] = certificate;
    assert_refused(scene, certificate, "no link");
    struct outside stranger = outside_ca(NULL, "Stranger", &good_ca);
    scene->chain[2] = outside_der(scene->world, stranger.x509);
    assert_refused(scene, certificate, "no link");
    /* The right name with another key. */
    struct outside_wish impostor_wish = good_ca;
    impostor_wish.has_no_key_identifier = true;
    struct outside impostor = outside_ca(&scene->root, "Outside Middle", &impostor_wish);
    scene->chain[1] = outside_der(scene->world, impostor.x509);
    scene->count = 2;
    assert_refused(scene, certificate, "signature");
    X509_free(stranger.x509);
    EVP_PKEY_free(stranger.key);
    X509_free(impostor.x509);
    EVP_PKEY_free(impostor.key);
}

SCENE_TEST(s7_input_that_is_no_certificate_is_refused)
{
    struct bytes certificate = sign_ours(scene, &good_issuing);
    struct bytes trailing = arena_bytes(scene->world->arena, certificate);
    assert_refused(scene, BYTES_NONE, "signedCertificate");
    assert_refused(scene, bytes_of_text("!!"), "signedCertificate");
    assert_refused(scene, bytes_of_text("-----BEGIN NOTHING-----"), "signedCertificate");
    trailing.len--;
    assert_refused(scene, trailing, "signedCertificate");
    struct bytes self = outside_der(scene->world, scene->root.x509);
    assert_refused(scene, self, "self-signed");
    scene->chain[0] = bytes_of_text("AAAA");
    assert_refused(scene, certificate, "trustChainCertificates");
}

/* Each link above is held to the same rules. */
WORLD_TEST(s7_every_check_of_the_chain)
{
#define LINK(basic_text, usage_text, ...)                                     \
    {                                                                         \
        .basic = basic_text, .usage = usage_text, .starts = -DAY, __VA_ARGS__ \
    }
    const struct {
        const char *why;
        struct outside_wish root;
        struct outside_wish middle;
    } rows[] = {
        { "expired", LINK("critical,CA:TRUE", "keyCertSign", .ends = -1),
          LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY) },
        { "basicConstraints", LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY),
          LINK(NULL, "keyCertSign", .ends = DAY) },
        { "keyUsage", LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY),
          LINK("critical,CA:TRUE", "digitalSignature", .ends = DAY) },
        { "pathLen", LINK("critical,CA:TRUE,pathlen:1", "keyCertSign", .ends = DAY),
          LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY) },
        { "pathLen", LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY),
          LINK("critical,CA:TRUE,pathlen:0", "keyCertSign", .ends = DAY) },
        { "critical extension", LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY),
          LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY, .has_unknown_critical = true) },
        { "SHA1", LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY),
          LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY, .digest = EVP_sha1()) },
        { "extended key usages", LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY),
          LINK("critical,CA:TRUE", "keyCertSign", .ends = DAY, .ekus = "emailProtection") },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scene scene;
        scene_open_as(&scene, world, arena_format(world->arena, "Ours %zu", i), &rows[i].root,
                      &rows[i].middle);
        struct outside_wish wish = good_issuing;
        wish.ends = DAY;
        assert_refused(&scene, sign_ours(&scene, &wish), rows[i].why);
        assert_non_null(strstr(world->err.message, "trustChainCertificates"));
        scene_close(&scene);
    }
}

static enum issue_outcome issue_for(struct world *world, const char *ca_id, const char *san)
{
    struct challenge challenge = world_challenge(world, ca_id, "CN=device");
    challenge.sans = (struct strings){ &san, 1 };
    const struct csr_wish wish = { .subject = "CN=device" };
    const struct issue_request request =
        world_request(world, world_grant(world, &challenge), world_csr(world, &wish));
    return world_issue(world, &request).outcome;
}

WORLD_TEST(s7_name_constraints_above_bind_every_leaf)
{
    struct scene scene;
    struct ca ca;
    struct outside_wish middle = good_ca;
    middle.constraints = "critical,permitted;DNS:example.org,excluded;DNS:bad.example.org";
    scene_open(&scene, world, &good_ca, &middle);
    struct outside_wish wish = good_issuing;
    wish.constraints = "critical,excluded;IP:0.0.0.0/0.0.0.0";
    assert_uploaded(&scene, sign_ours(&scene, &wish), &ca);
    unit_ok(issue_for(world, ca.id, "dns:d.example.org") == ISSUE_ISSUED, &world->err);
    static const char *const outside[] = { "dns:d.example.com", "dns:x.bad.example.org",
                                           "ip:192.0.2.1" };
    for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
        if (issue_for(world, ca.id, outside[i]) != ISSUE_FAILED)
            unit_fail("%s was issued", outside[i]);
        assert_int_equal(world->err.code, ERR_BAD_CSR);
        assert_non_null(strstr(world->err.message, "nameConstraints"));
    }
    scene_close(&scene);
}

SCENE_TEST(s7_an_externally_rooted_ca_is_revoked_here)
{
    struct world *world = scene->world;
    struct ca ca;
    assert_uploaded(scene, sign_ours(scene, &good_issuing), &ca);
    unit_ok(ca_revoke(world->authority, &world->actor, ca.id, 0, 0, 1, world->now, world->arena,
                      &ca, &world->err),
            &world->err);
    assert_int_equal(ca.status, CA_REVOKED);
}
