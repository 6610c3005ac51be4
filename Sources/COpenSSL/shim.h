// The part of OpenSSL that Swift cannot import as it is: macros and casts of function pointers. Every wrapper is named
// after what it wraps and does nothing else.

#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ocsp.h>
#include <openssl/opensslv.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "OpenSSL 3.0 or newer is needed: libssl-dev on Debian, openssl@3 from Homebrew"
#endif

// MARK: Errors

static inline int32_t copenssl_err_lib(unsigned long code) { return ERR_GET_LIB(code); }
static inline int32_t copenssl_err_reason(unsigned long code) { return ERR_GET_REASON(code); }
static inline int32_t copenssl_err_is_system(unsigned long code) { return ERR_SYSTEM_ERROR(code) != 0; }
static const int32_t copenssl_lib_ssl = ERR_LIB_SSL;
static const int32_t copenssl_lib_pem = ERR_LIB_PEM;

// MARK: BIO

static inline void copenssl_bio_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void copenssl_bio_set_retry_write(BIO *bio) { BIO_set_retry_write(bio); }
static inline void copenssl_bio_clear_retry_flags(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline long copenssl_bio_get_mem_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }

// MARK: SSL_CTX

static inline long copenssl_ctx_set_min_proto_version(SSL_CTX *ctx, int version) {
    return SSL_CTX_set_min_proto_version(ctx, version);
}
static inline long copenssl_ctx_set_max_proto_version(SSL_CTX *ctx, int version) {
    return SSL_CTX_set_max_proto_version(ctx, version);
}
static inline long copenssl_ctx_set_mode(SSL_CTX *ctx, long mode) { return SSL_CTX_set_mode(ctx, mode); }
static inline long copenssl_ctx_set_session_cache_mode(SSL_CTX *ctx, long mode) {
    return SSL_CTX_set_session_cache_mode(ctx, mode);
}
static inline long copenssl_ctx_set_max_cert_list(SSL_CTX *ctx, long size) { return SSL_CTX_set_max_cert_list(ctx, size); }
static inline long copenssl_ctx_set_groups(SSL_CTX *ctx, const char *list) { return SSL_CTX_set1_groups_list(ctx, list); }
static inline long copenssl_ctx_set_sigalgs(SSL_CTX *ctx, const char *list) { return SSL_CTX_set1_sigalgs_list(ctx, list); }
static inline long copenssl_ctx_set_servername_callback(SSL_CTX *ctx, int (*callback)(SSL *, int *, void *)) {
    return SSL_CTX_set_tlsext_servername_callback(ctx, callback);
}
static inline long copenssl_ctx_ask_status(SSL_CTX *ctx) {
    return SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
}
static inline long copenssl_ctx_set_status_callback(SSL_CTX *ctx, int (*callback)(SSL *, void *)) {
    return SSL_CTX_set_tlsext_status_cb(ctx, callback);
}

static inline long copenssl_ctx_set_dh_auto(SSL_CTX *ctx) { return SSL_CTX_set_dh_auto(ctx, 1); }

static const uint64_t copenssl_op_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t copenssl_op_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t copenssl_op_server_preference = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t copenssl_op_no_ticket = SSL_OP_NO_TICKET;
static const uint64_t copenssl_op_legacy_server_connect = SSL_OP_LEGACY_SERVER_CONNECT;
static const uint64_t copenssl_op_ignore_unexpected_eof = SSL_OP_IGNORE_UNEXPECTED_EOF;

// MARK: SSL

static inline long copenssl_set_tlsext_host_name(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name); }
static inline long copenssl_get_status(SSL *ssl, const uint8_t **bytes) { return SSL_get_tlsext_status_ocsp_resp(ssl, bytes); }
/// Takes memory of OPENSSL_malloc over.
static inline long copenssl_set_status(SSL *ssl, uint8_t *bytes, long count) {
    return SSL_set_tlsext_status_ocsp_resp(ssl, bytes, count);
}
static inline int copenssl_get_negotiated_group(SSL *ssl) { return (int)SSL_get_negotiated_group(ssl); }
static inline const char *copenssl_group_name(SSL *ssl, int identifier) { return SSL_group_to_name(ssl, identifier); }
static inline long copenssl_set_mtu(SSL *ssl, long mtu) { return SSL_set_mtu(ssl, mtu); }
static inline long copenssl_dtls_get_timeout(SSL *ssl, struct timeval *left) { return DTLSv1_get_timeout(ssl, left); }
static inline long copenssl_dtls_handle_timeout(SSL *ssl) { return DTLSv1_handle_timeout(ssl); }

// MARK: Tickets

/// Parameters refer to their names, and in Swift a string's memory ends with the call.
static inline int copenssl_mac_set_hmac_sha256(EVP_MAC_CTX *mac, uint8_t *key, size_t size) {
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, size),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters);
}

// MARK: Certificates

static inline const EVP_MD *copenssl_digest(int number) { return EVP_get_digestbynid(number); }

// MARK: Files

/// Whether a directory has anything in it.
static inline int copenssl_directory_has_entries(const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL) return 0;
    int found = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL && !found; entry = readdir(directory)) {
        found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(directory);
    return found;
}

// MARK: Stacks

static inline int copenssl_x509_count(const STACK_OF(X509) * stack) { return sk_X509_num(stack); }
static inline X509 *copenssl_x509_at(const STACK_OF(X509) * stack, int index) { return sk_X509_value(stack, index); }
static inline STACK_OF(X509) * copenssl_x509_stack(void) { return sk_X509_new_null(); }
static inline int copenssl_x509_push(STACK_OF(X509) * stack, X509 *certificate) { return sk_X509_push(stack, certificate); }
/// Releases a stack and its certificates.
static inline void copenssl_x509_free_all(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

static inline int copenssl_subtree_count(const NAME_CONSTRAINTS *constraints, int excluded) {
    return sk_GENERAL_SUBTREE_num(excluded ? constraints->excludedSubtrees : constraints->permittedSubtrees);
}
static inline GENERAL_NAME *copenssl_subtree_base(const NAME_CONSTRAINTS *constraints, int excluded, int index) {
    return sk_GENERAL_SUBTREE_value(excluded ? constraints->excludedSubtrees : constraints->permittedSubtrees, index)->base;
}
static inline int copenssl_access_description_count(const AUTHORITY_INFO_ACCESS *access) {
    return sk_ACCESS_DESCRIPTION_num(access);
}
static inline int copenssl_feature_count(const TLS_FEATURE *features) { return sk_ASN1_INTEGER_num(features); }
static inline long copenssl_feature_at(const TLS_FEATURE *features, int index) {
    return ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, index));
}
static inline int copenssl_has_key_identifier(const AUTHORITY_KEYID *identifier) { return identifier->keyid != NULL; }

static inline int copenssl_general_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline GENERAL_NAME *copenssl_general_name_at(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

#endif
