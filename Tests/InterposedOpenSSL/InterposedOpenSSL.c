#include "InterposedOpenSSL.h"

#include <dlfcn.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

static _Thread_local const char *failing;
static _Thread_local int failures;

void interposed_fail(const char *function) {
    failing = function;
    failures = 0;
}

int interposed_failures(void) { return failures; }

static int fails(const char *function) {
    if (failing == NULL || strcmp(failing, function) != 0) return 0;
    failures++;
    return 1;
}

static int fails_with_command(const char *function, int command) {
    if (failing == NULL) return 0;
    char name[64];
    snprintf(name, sizeof name, "%s %d", function, command);
    return fails(name);
}

/// Defines a function that fails with a value, or goes on to the next one of its name.
#define INTERPOSE(result, name, failure, parameters, arguments)        \
    result name parameters {                                           \
        if (fails(#name)) return failure;                              \
        static result(*next) parameters;                               \
        if (next == NULL) next = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
        return next arguments;                                         \
    }

INTERPOSE(SSL_CTX *, SSL_CTX_new, NULL, (const SSL_METHOD *method), (method))
INTERPOSE(SSL *, SSL_new, NULL, (SSL_CTX * ctx), (ctx))
INTERPOSE(X509_STORE *, SSL_CTX_get_cert_store, NULL, (const SSL_CTX *ctx), (ctx))
INTERPOSE(X509_VERIFY_PARAM *, SSL_CTX_get0_param, NULL, (SSL_CTX * ctx), (ctx))
INTERPOSE(X509_VERIFY_PARAM *, SSL_get0_param, NULL, (SSL * ssl), (ssl))
INTERPOSE(int, X509_VERIFY_PARAM_set_flags, 0, (X509_VERIFY_PARAM * p, unsigned long flags), (p, flags))
INTERPOSE(int, X509_VERIFY_PARAM_set1_host, 0, (X509_VERIFY_PARAM * p, const char *name, size_t n), (p, name, n))
INTERPOSE(int, X509_VERIFY_PARAM_set1_ip, 0, (X509_VERIFY_PARAM * p, const unsigned char *ip, size_t n), (p, ip, n))
INTERPOSE(int, SSL_CTX_set_cipher_list, 0, (SSL_CTX * ctx, const char *list), (ctx, list))
INTERPOSE(int, SSL_CTX_set_ciphersuites, 0, (SSL_CTX * ctx, const char *list), (ctx, list))
INTERPOSE(int, SSL_CTX_set_alpn_protos, 1, (SSL_CTX * ctx, const unsigned char *p, unsigned int n), (ctx, p, n))
INTERPOSE(int, SSL_CTX_set_num_tickets, 0, (SSL_CTX * ctx, size_t count), (ctx, count))
INTERPOSE(int, SSL_CTX_set_session_id_context, 0, (SSL_CTX * ctx, const unsigned char *id, unsigned int n), (ctx, id, n))
INTERPOSE(
    int, SSL_CTX_set_tlsext_ticket_key_evp_cb, 0,
    (SSL_CTX * ctx, int (*call)(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *, EVP_MAC_CTX *, int)), (ctx, call)
)
INTERPOSE(int, SSL_set_session_id_context, 0, (SSL * ssl, const unsigned char *id, unsigned int n), (ssl, id, n))
INTERPOSE(int, SSL_CTX_set_default_verify_paths, 0, (SSL_CTX * ctx), (ctx))
INTERPOSE(int, SSL_CTX_load_verify_dir, 0, (SSL_CTX * ctx, const char *path), (ctx, path))
INTERPOSE(
    int, SSL_CTX_use_cert_and_key, 0, (SSL_CTX * ctx, X509 *own, EVP_PKEY *key, STACK_OF(X509) * chain, int override),
    (ctx, own, key, chain, override)
)
INTERPOSE(int, SSL_CTX_add_client_CA, 0, (SSL_CTX * ctx, X509 *certificate), (ctx, certificate))
INTERPOSE(int, X509_STORE_add_cert, 0, (X509_STORE * store, X509 *certificate), (store, certificate))
INTERPOSE(int, X509_STORE_add_crl, 0, (X509_STORE * store, X509_CRL *list), (store, list))
INTERPOSE(int, X509_verify_cert, 0, (X509_STORE_CTX * store), (store))
INTERPOSE(STACK_OF(X509) *, X509_STORE_CTX_get0_chain, NULL, (const X509_STORE_CTX *store), (store))
INTERPOSE(void *, X509_STORE_CTX_get_ex_data, NULL, (const X509_STORE_CTX *store, int index), (store, index))

long SSL_ctrl(SSL *ssl, int command, long number, void *argument) {
    if (fails_with_command("SSL_ctrl", command)) return 0;
    static long (*next)(SSL *, int, long, void *);
    if (next == NULL) next = (long (*)(SSL *, int, long, void *))dlsym(RTLD_NEXT, "SSL_ctrl");
    return next(ssl, command, number, argument);
}

long SSL_CTX_ctrl(SSL_CTX *ctx, int command, long number, void *argument) {
    if (fails_with_command("SSL_CTX_ctrl", command)) return 0;
    static long (*next)(SSL_CTX *, int, long, void *);
    if (next == NULL) next = (long (*)(SSL_CTX *, int, long, void *))dlsym(RTLD_NEXT, "SSL_CTX_ctrl");
    return next(ctx, command, number, argument);
}

long SSL_CTX_callback_ctrl(SSL_CTX *ctx, int command, void (*callback)(void)) {
    if (fails_with_command("SSL_CTX_callback_ctrl", command)) return 0;
    static long (*next)(SSL_CTX *, int, void (*)(void));
    if (next == NULL) next = (long (*)(SSL_CTX *, int, void (*)(void)))dlsym(RTLD_NEXT, "SSL_CTX_callback_ctrl");
    return next(ctx, command, callback);
}
