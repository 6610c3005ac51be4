// What an idle connection of TLS holds on to: both ends in one process, over descriptors, in C's usual way.

#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

Holdings peer_holdings(void) {
    Holdings holdings = {0, 0};
#ifdef __GLIBC__
    struct mallinfo2 heap = mallinfo2();
    holdings.heap_bytes = (int64_t)(heap.uordblks + heap.hblkhd);
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL) fail("/proc/self/status");
    char line[256];
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "RssAnon: %" SCNd64, &holdings.resident_bytes) == 1) holdings.resident_bytes *= 1024;
    fclose(status);
#endif
    return holdings;
}

void peer_report_holdings(const PeerOptions *options, const Holdings *both, const Holdings *servers) {
    int printed = printf("{\"workload\": \"%s\", \"mode\": \"%s\", \"operations\": %" PRId64 ", \"heapBytes\": %" PRId64
                         ", \"residentBytes\": %" PRId64 ", \"serverHeapBytes\": %" PRId64 "}\n",
                         options->workload, peer_mode(options), options->operations, both->heap_bytes,
                         both->resident_bytes, servers->heap_bytes);
    if (printed < 0 || fflush(stdout) != 0) fail("stdout");
}

typedef struct Pair {
    SSL *client, *server;
} Pair;

static SSL *make_end(SSL_CTX *context, int socket, bool is_client) {
    if (fcntl(socket, F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
    SSL *ssl = SSL_new(context);
    if (ssl == NULL || SSL_set_fd(ssl, socket) != 1) fail_tls("SSL_new");
    if (!is_client) {
        SSL_set_accept_state(ssl);
        return ssl;
    }
    if (SSL_set_tlsext_host_name(ssl, "localhost") != 1 || SSL_set1_host(ssl, "localhost") != 1) fail_tls("the name");
    SSL_set_connect_state(ssl);
    return ssl;
}

/// Does a step of a handshake; whether it is done.
static bool shake(SSL *ssl) {
    ERR_clear_error();
    int result = SSL_do_handshake(ssl);
    if (result == 1) return true;
    if (SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ) fail_tls("SSL_do_handshake");
    return false;
}

static void pass(SSL *from, SSL *to) {
    unsigned char message[64] = {1};
    if (SSL_write(from, message, sizeof message) != sizeof message) fail_tls("SSL_write");
    if (SSL_read(to, message, sizeof message) != sizeof message) fail_tls("SSL_read");
}

/// Waits for more, as whoever has an idle connection does.
static void find_nothing(SSL *ssl) {
    unsigned char byte;
    ERR_clear_error();
    int result = SSL_read(ssl, &byte, 1);
    if (SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ) fail_tls("SSL_read");
}

static Pair make_pair(SSL_CTX *client, SSL_CTX *server) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) fail("socketpair");
    Pair pair = {make_end(client, sockets[0], true), make_end(server, sockets[1], false)};
    for (bool a = false, b = false; !a || !b;) {
        a = shake(pair.client);
        b = shake(pair.server);
    }
    pass(pair.client, pair.server);
    pass(pair.server, pair.client);
    find_nothing(pair.client);
    find_nothing(pair.server);
    return pair;
}

static void end(SSL *ssl) {
    int socket = SSL_get_fd(ssl);
    SSL_free(ssl);
    close(socket);
}

static SSL_CTX *make_context(const PeerOptions *options, const SSL_METHOD *method) {
    SSL_CTX *context = SSL_CTX_new(method);
    int version = strstr(options->workload, "1.2") != NULL ? TLS1_2_VERSION : TLS1_3_VERSION;
    if (context == NULL || SSL_CTX_set_max_proto_version(context, version) != 1) fail_tls("SSL_CTX");
    if (strstr(options->workload, "released") != NULL) SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return context;
}

void c_idle_client(const PeerOptions *options) {
    if (options->timeout_mode || options->tasks_mode) peer_not_written(options);
    SSL_CTX *client = make_context(options, TLS_client_method()), *server = make_context(options, TLS_server_method());
    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_file(client, options->path) != 1) fail_tls(options->path);
    const char *identity = tls_identity_path(options->path);
    if (SSL_CTX_use_certificate_file(server, identity, SSL_FILETYPE_PEM) != 1) fail_tls(identity);
    if (SSL_CTX_use_PrivateKey_file(server, identity, SSL_FILETYPE_PEM) != 1) fail_tls(identity);

    int64_t count = options->warmup + options->operations;
    Pair *pairs = calloc((size_t)count, sizeof(Pair));
    if (pairs == NULL) fail("calloc");
    for (int64_t i = 0; i < count; i++) pairs[i] = make_pair(client, server);
    Holdings both = peer_holdings();
    for (int64_t i = 0; i < count; i++) end(pairs[i].client);
    Holdings servers = peer_holdings();
    for (int64_t i = 0; i < count; i++) end(pairs[i].server);
    peer_report_holdings(options, &both, &servers);
}
