// TLS in C in the usual way: libssl over a descriptor, blocking. The client verifies the server, as the Swift side does.

#include "internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fail_tls(const char *what) {
    fprintf(stderr, "%s: ", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

// MARK: - The certificate, made anew by each server

static void add_extension(X509 *certificate, X509 *issuer, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    if (extension == NULL || X509_add_ext(certificate, extension, -1) != 1) fail_tls("extension");
    X509_EXTENSION_free(extension);
}

/// A certificate of an authority when there is no issuer, otherwise one for localhost.
static X509 *issue(EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key) {
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer == NULL ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)(issuer == NULL ? "Benchmarks" : "localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer == NULL ? certificate : issuer));
    X509_set_pubkey(certificate, key);
    X509 *above = issuer == NULL ? certificate : issuer;
    add_extension(certificate, above, NID_subject_key_identifier, "hash");
    add_extension(certificate, above, NID_authority_key_identifier, "keyid:always");
    if (issuer == NULL) {
        add_extension(certificate, above, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, above, NID_key_usage, "critical,keyCertSign");
    } else {
        add_extension(certificate, above, NID_key_usage, "critical,digitalSignature");
        add_extension(certificate, above, NID_ext_key_usage, "serverAuth");
        add_extension(certificate, above, NID_subject_alt_name, "DNS:localhost");
    }
    if (X509_sign(certificate, issuer_key, EVP_sha256()) == 0) fail_tls("X509_sign");
    return certificate;
}

static char authority_path[256];

const char *tls_identity_path(const char *authority) {
    static char path[300];
    snprintf(path, sizeof path, "%s.server", authority);
    return path;
}

/// For peers that have both ends.
static void write_identity(X509 *certificate, EVP_PKEY *key) {
    const char *path = tls_identity_path(authority_path);
    FILE *file = fopen(path, "w");
    if (file == NULL || PEM_write_X509(file, certificate) != 1) fail(path);
    if (PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) != 1 || fclose(file) != 0) fail(path);
}

SSL_CTX *tls_server_context(const PeerOptions *options) {
    signal(SIGPIPE, SIG_IGN); // libssl writes with write(2)
    EVP_PKEY *authority_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *authority = issue(authority_key, NULL, authority_key);
    X509 *certificate = issue(key, authority, authority_key);
    snprintf(authority_path, sizeof authority_path, "%s.pem", options->path);
    FILE *file = fopen(authority_path, "w");
    if (file == NULL || PEM_write_X509(file, authority) != 1 || fclose(file) != 0) fail(authority_path);
    write_identity(certificate, key);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || SSL_CTX_use_certificate(context, certificate) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1)
        fail_tls("SSL_CTX");
    return context;
}

const char *tls_authority_path(void) { return authority_path; }

void tls_serve_client(SSL_CTX *context, int socket, unsigned char *buffer, int size, bool echoes) {
    ERR_clear_error();
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, socket);
    if (SSL_accept(ssl) == 1) {
        int count;
        while ((count = SSL_read(ssl, buffer, size)) > 0)
            if (echoes && SSL_write(ssl, buffer, count) != count) break;
        if (count == 0) SSL_shutdown(ssl);
    }
    SSL_free(ssl);
}

// MARK: - The client

static SSL_SESSION *kept;

static int keep(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = session;
    return 1;
}

static SSL *open_tls(SSL_CTX *context, const PeerOptions *options, bool resumes) {
    Address address = address_of(service_tls_echo, options);
    int socket = open_socket(service_tls_echo, false), on = 1;
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on, "TCP_NODELAY");
    if (connect(socket, (struct sockaddr *)&address.storage, address.length) != 0) fail("connect");
    SSL *ssl = SSL_new(context);
    if (SSL_set_fd(ssl, socket) != 1 || SSL_set_tlsext_host_name(ssl, "localhost") != 1 || SSL_set1_host(ssl, "localhost") != 1)
        fail_tls("SSL_new");
    if (resumes && kept != NULL) SSL_set_session(ssl, kept);
    if (SSL_connect(ssl) != 1) fail_tls("SSL_connect");
    return ssl;
}

static void close_with_reset(SSL *ssl) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int socket = SSL_get_fd(ssl);
    set_option(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset, "SO_LINGER");
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); // otherwise its session is not resumed
    SSL_free(ssl);
    if (close(socket) != 0) fail("close");
}

static void write_all(SSL *ssl, const unsigned char *buffer, int size) {
    if (SSL_write(ssl, buffer, size) != size) fail_tls("SSL_write");
}

static void read_all(SSL *ssl, unsigned char *buffer, int size) {
    for (int done = 0; done < size;) {
        int count = SSL_read(ssl, buffer + done, size - done);
        if (count <= 0) fail_tls("SSL_read");
        done += count;
    }
}

void c_tls_client(const PeerOptions *options, const Workload *workload) {
    if (options->timeout_mode || options->tasks_mode) peer_not_written(options);
    bool connects = strncmp(workload->name, "tls-handshake", 13) == 0;
    bool resumes = strcmp(workload->name, "tls-handshake-resumed") == 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_file(context, options->path) != 1) fail_tls(options->path);
    SSL_CTX_set_session_cache_mode(context, resumes ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
    if (resumes) SSL_CTX_sess_set_new_cb(context, keep);

    int size = (int)workload->size;
    unsigned char *buffer = calloc(1, workload->size);
    if (buffer == NULL) fail("calloc");
    SSL *ssl = connects ? NULL : open_tls(context, options, false);
    Stopwatch stopwatch = stopwatch_start();
    for (int64_t i = -options->warmup; i < options->operations; i++) {
        if (i == 0) stopwatch = stopwatch_start();
        if (connects) ssl = open_tls(context, options, resumes);
        write_all(ssl, buffer, size);
        if (workload->service == service_tls_echo) read_all(ssl, buffer, size);
        if (connects) close_with_reset(ssl);
    }
    if (workload->service == service_tls_discard) {
        SSL_shutdown(ssl);
        if (SSL_read(ssl, buffer, 1) > 0) fail_because("the server did not just end");
    }
    stopwatch_stop(&stopwatch);
    free(buffer);
    peer_report(options, &stopwatch, options->operations * (int64_t)workload->size);
}
