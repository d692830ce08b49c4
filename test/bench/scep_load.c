/*
 * scep_load - SCEP enrolments per second: PKCSReq messages made beforehand with OpenSSL's own CMS,
 * sent over keep-alive connections, every reply checked after the clock has stopped.
 *
 *     scep_load PORT CA-ID CHALLENGE COUNT CONNECTIONS
 *
 * prints {"enrolments": N, "seconds": S, "processor_seconds": P}; P is its own, which the server on
 * the same machine has to do without.
 */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { KEYS = 8, REPLY_OCTETS_MAX = 64 * 1024, HEADER_OCTETS_MAX = 1024 };

struct message {
    unsigned char *der;
    int len;
    unsigned char *reply;
    int reply_len;
};

struct load {
    int port;
    const char *ca_id;
    const char *challenge;
    X509 *ra;
    EVP_PKEY *keys[KEYS];
    struct message *messages;
    int count;
    int next; /* atomic */
};

static void die(const char *what)
{
    fprintf(stderr, "scep_load: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("no connection");
    return fd;
}

static void send_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t sent = send(fd, p, len, MSG_NOSIGNAL);
        if (sent <= 0)
            die("the connection broke");
        p += sent;
        len -= (size_t)sent;
    }
}

/* One reply with Content-Length; gives the body's length. */
static int receive(int fd, unsigned char *body)
{
    static const char length_name[] = "content-length:";
    char head[HEADER_OCTETS_MAX * 4 + REPLY_OCTETS_MAX];
    size_t used = 0;
    char *end = NULL;
    while (!end) {
        ssize_t got = recv(fd, head + used, sizeof head - 1 - used, 0);
        if (got <= 0)
            die("the server closed the connection");
        used += (size_t)got;
        head[used] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    if (strncmp(head, "HTTP/1.1 200", 12) != 0)
        die(head);
    size_t len = 0;
    for (char *line = head; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, length_name, sizeof length_name - 1) == 0)
            len = strtoul(line + sizeof length_name - 1, NULL, 10);
    size_t have = used - (size_t)(end + 4 - head);
    if (len > REPLY_OCTETS_MAX)
        die("the reply is too long");
    memcpy(body, end + 4, have);
    while (have < len) {
        ssize_t got = recv(fd, body + have, len - have, 0);
        if (got <= 0)
            die("the reply is cut short");
        have += (size_t)got;
    }
    return (int)len;
}

static X509 *fetch_ra(const struct load *load)
{
    char request[HEADER_OCTETS_MAX];
    unsigned char *body = malloc(REPLY_OCTETS_MAX);
    int fd = connect_to(load->port);
    int len = snprintf(request, sizeof request,
                       "GET /scep/%s?operation=GetCACert HTTP/1.1\r\nHost: x\r\n\r\n", load->ca_id);
    send_all(fd, request, (size_t)len);
    const unsigned char *p = body;
    CMS_ContentInfo *chain = d2i_CMS_ContentInfo(NULL, &p, receive(fd, body));
    if (!chain)
        die("GetCACert is not CMS");
    STACK_OF(X509) *certificates = CMS_get1_certs(chain);
    X509 *ra = NULL;
    for (int i = 0; i < sk_X509_num(certificates); i++)
        if (X509_get_extension_flags(sk_X509_value(certificates, i)) & EXFLAG_XKUSAGE &&
            X509_check_ca(sk_X509_value(certificates, i)) == 0)
            ra = sk_X509_value(certificates, i);
    close(fd);
    free(body);
    if (!ra)
        die("GetCACert has no RA certificate");
    return ra;
}

static X509 *self_signed(EVP_PKEY *key, const X509_NAME *name)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_subject_name(certificate, name);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    if (!X509_sign(certificate, key, EVP_sha256()))
        die("self-signing failed");
    return certificate;
}

static BIO *make_csr(const struct load *load, EVP_PKEY *key, X509_NAME *name)
{
    X509_REQ *csr = X509_REQ_new();
    X509_REQ_set_subject_name(csr, name);
    X509_REQ_set_pubkey(csr, key);
    X509_REQ_add1_attr_by_NID(csr, NID_pkcs9_challengePassword, MBSTRING_ASC,
                              (const unsigned char *)load->challenge, -1);
    if (!X509_REQ_sign(csr, key, EVP_sha256()))
        die("the CSR cannot be signed");
    BIO *out = BIO_new(BIO_s_mem());
    i2d_X509_REQ_bio(out, csr);
    X509_REQ_free(csr);
    return out;
}

static void add_text(CMS_SignerInfo *signer, const char *oid, const char *text)
{
    ASN1_OBJECT *type = OBJ_txt2obj(oid, 1);
    CMS_signed_add1_attr_by_OBJ(signer, type, V_ASN1_PRINTABLESTRING, text, (int)strlen(text));
    ASN1_OBJECT_free(type);
}

static BIO *envelop(const struct load *load, BIO *csr)
{
    STACK_OF(X509) *recipients = sk_X509_new_null();
    sk_X509_push(recipients, load->ra);
    CMS_ContentInfo *enveloped = CMS_encrypt(recipients, csr, EVP_aes_128_cbc(), CMS_BINARY);
    BIO *out = BIO_new(BIO_s_mem());
    if (!enveloped || !i2d_CMS_bio(out, enveloped))
        die("the envelope cannot be made");
    CMS_ContentInfo_free(enveloped);
    sk_X509_free(recipients);
    return out;
}

static void make_message(struct load *load, int index)
{
    char text[64];
    EVP_PKEY *key = load->keys[index % KEYS];
    X509_NAME *name = X509_NAME_new();
    snprintf(text, sizeof text, "device-%d-%d", (int)getpid(), index);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0);
    X509 *signer_certificate = self_signed(key, name);
    BIO *csr = make_csr(load, key, name);
    BIO *enveloped = envelop(load, csr);
    unsigned flags = CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL;
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    CMS_SignerInfo *signer =
        CMS_add1_signer(cms, signer_certificate, key, EVP_sha256(), CMS_NOSMIMECAP);
    unsigned char nonce[16] = { (unsigned char)index, (unsigned char)(index >> 8), 1 };
    ASN1_OBJECT *nonce_type = OBJ_txt2obj("2.16.840.1.113733.1.9.5", 1);
    CMS_signed_add1_attr_by_OBJ(signer, nonce_type, V_ASN1_OCTET_STRING, nonce, sizeof nonce);
    ASN1_OBJECT_free(nonce_type);
    add_text(signer, "2.16.840.1.113733.1.9.2", "19");
    add_text(signer, "2.16.840.1.113733.1.9.7", text);
    if (!CMS_final(cms, enveloped, NULL, CMS_BINARY))
        die("the message cannot be signed");
    load->messages[index].len = i2d_CMS_ContentInfo(cms, &load->messages[index].der);
    CMS_ContentInfo_free(cms);
    BIO_free(enveloped);
    BIO_free(csr);
    X509_free(signer_certificate);
    X509_NAME_free(name);
}

static void *send_messages(void *context)
{
    struct load *load = context;
    char head[HEADER_OCTETS_MAX];
    unsigned char *body = malloc(REPLY_OCTETS_MAX);
    int fd = connect_to(load->port);
    int i;
    while ((i = __atomic_fetch_add(&load->next, 1, __ATOMIC_RELAXED)) < load->count) {
        struct message *message = &load->messages[i];
        int len = snprintf(head, sizeof head,
                           "POST /scep/%s?operation=PKIOperation HTTP/1.1\r\nHost: x\r\n"
                           "Content-Type: application/x-pki-message\r\nContent-Length: %d\r\n\r\n",
                           load->ca_id, message->len);
        send_all(fd, head, (size_t)len);
        send_all(fd, message->der, (size_t)message->len);
        message->reply_len = receive(fd, body);
        message->reply =
            memcpy(malloc((size_t)message->reply_len), body, (size_t)message->reply_len);
    }
    close(fd);
    free(body);
    return NULL;
}

/* pkiStatus must be 0, SUCCESS, in every reply. */
static void check(const struct message *message)
{
    const unsigned char *p = message->reply;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, message->reply_len);
    if (!cms)
        die("a reply is not CMS");
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
    ASN1_OBJECT *type = OBJ_txt2obj("2.16.840.1.113733.1.9.3", 1);
    const ASN1_STRING *status =
        CMS_signed_get0_data_by_OBJ(signer, type, -3, V_ASN1_PRINTABLESTRING);
    if (!status || ASN1_STRING_length(status) != 1 || ASN1_STRING_get0_data(status)[0] != '0')
        die("a request was refused");
    ASN1_OBJECT_free(type);
    CMS_ContentInfo_free(cms);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        die("usage: scep_load PORT CA-ID CHALLENGE COUNT CONNECTIONS");
    struct load load = {
        .port = atoi(argv[1]), .ca_id = argv[2], .challenge = argv[3], .count = atoi(argv[4])
    };
    int connections = atoi(argv[5]);
    load.ra = fetch_ra(&load);
    for (int i = 0; i < KEYS; i++)
        load.keys[i] = EVP_RSA_gen(2048);
    load.messages = calloc((size_t)load.count, sizeof *load.messages);
    for (int i = 0; i < load.count; i++)
        make_message(&load, i);
    pthread_t *threads = calloc((size_t)connections, sizeof *threads);
    double began = seconds(CLOCK_MONOTONIC);
    double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < connections; i++)
        pthread_create(&threads[i], NULL, send_messages, &load);
    for (int i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    double took = seconds(CLOCK_MONOTONIC) - began;
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    for (int i = 0; i < load.count; i++)
        check(&load.messages[i]);
    printf("{\"enrolments\": %d, \"seconds\": %.4f, \"processor_seconds\": %.4f}\n", load.count,
           took, used);
    return 0;
}
