// One server for every workload: a thread for each service, one client after the other. `run` has one
// client at a time, and this way the server makes no system call that the work itself does not need.

#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { buffer_size = 256 << 10 };

typedef struct Serving {
    Service service;
    int socket;
    unsigned char *buffer;
    struct ssl_ctx_st *tls; ///< or NULL
} Serving;

/// Lines, for as long as the client wants some.
static void send_lines(const Serving *serving, int socket) {
    size_t size = (size_t)(buffer_size / peer_line_size * peer_line_size);
    memset(serving->buffer, 'x', size);
    for (size_t end = (size_t)peer_line_size; end <= size; end += (size_t)peer_line_size) serving->buffer[end - 1] = '\n';
    for (size_t done = 0;; done %= size) {
        ssize_t sent = send(socket, serving->buffer + done, size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) return;
        if (sent > 0) done += (size_t)sent;
    }
}

/// A client may go at any time (tcp-connect ends each connection by a reset), so no error here is the end
/// of the server.
static void serve_client(const Serving *serving, int socket) {
    for (;;) {
        ssize_t received = recv(socket, serving->buffer, buffer_size, 0);
        if (received < 0 && errno == EINTR) continue;
        if (received <= 0) return;
        if (serving->service == service_tcp_discard) continue;
        for (ssize_t done = 0; done < received;) {
            ssize_t sent = send(socket, serving->buffer + done, (size_t)(received - done), MSG_NOSIGNAL);
            if (sent < 0 && errno != EINTR) return;
            if (sent > 0) done += sent;
        }
    }
}

static void serve_stream(const Serving *serving) {
    for (;;) {
        int socket = accept(serving->socket, NULL, NULL);
        if (socket < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            fail("accept");
        }
        int on = 1;
        // A client that has gone already makes this fail, which its first recv will tell as well.
        if (serving->service != service_unix_echo) (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (serving->service == service_tcp_lines) send_lines(serving, socket);
        else if (serving->tls == NULL) serve_client(serving, socket);
        else tls_serve_client(serving->tls, socket, serving->buffer, buffer_size, serving->service == service_tls_echo);
        if (close(socket) != 0) fail("close");
    }
}

static void serve_datagrams(const Serving *serving) {
    for (;;) {
        struct sockaddr_storage sender;
        socklen_t length = sizeof sender;
        ssize_t received = recvfrom(serving->socket, serving->buffer, buffer_size, 0, (struct sockaddr *)&sender, &length);
        if (received < 0) continue; // an earlier client's port was unreachable
        (void)sendto(serving->socket, serving->buffer, (size_t)received, MSG_NOSIGNAL, (struct sockaddr *)&sender, length);
    }
}

static void *serve_forever(void *argument) {
    const Serving *serving = argument;
    if (serving->service == service_udp_echo) serve_datagrams(serving);
    else serve_stream(serving);
    return NULL;
}

// Binds to a port below those that the system hands out, as servers do. At the others a client has to make sure
// that its socket has not connected to itself, which costs it a system call that is not typical.
static void bind_socket(int socket, Service service, Address *address) {
    if (service == service_unix_echo) {
        if (bind(socket, (struct sockaddr *)&address->storage, address->length) != 0) fail("bind");
        return;
    }
    struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;
    for (int port = 20000 + getpid() % 10000; port < 32768; port++) {
        in->sin_port = htons((uint16_t)port);
        if (bind(socket, (struct sockaddr *)in, address->length) == 0) return;
        if (errno != EADDRINUSE) break;
    }
    fail("bind");
}

static void start(Serving *serving, Service service, const PeerOptions *options, struct ssl_ctx_st *tls) {
    serving->service = service;
    serving->buffer = malloc(buffer_size);
    if (serving->buffer == NULL) fail("malloc");
    if (service == service_tls_echo || service == service_tls_discard) serving->tls = tls;
    serving->socket = open_socket(service, false);
    Address address = address_of(service, options);
    if (service == service_tcp_discard || service == service_tls_discard) {
        // A fixed size, as small as the cache: with the kernel's own tuning, which is another each time, the
        // same program took from 26 to 70 us for a write of 64 KiB, and with this from 23 to 34.
        int size = 256 << 10;
        set_option(serving->socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size, "SO_RCVBUF");
    }
    bind_socket(serving->socket, service, &address);
    if (service != service_udp_echo && listen(serving->socket, 128) != 0) fail("listen");
    pthread_t thread;
    errno = pthread_create(&thread, NULL, serve_forever, serving);
    if (errno != 0) fail("pthread_create");
}

static void print_address(const Workload *workload, const Serving *serving, const PeerOptions *options) {
    if (serving->service == service_unix_echo) {
        printf("\"%s\": {\"path\": \"%s\"}", workload->name, options->path);
        return;
    }
    struct sockaddr_in bound;
    socklen_t length = sizeof bound;
    if (getsockname(serving->socket, (struct sockaddr *)&bound, &length) != 0) fail("getsockname");
    printf("\"%s\": {\"port\": %d", workload->name, ntohs(bound.sin_port));
    if (serving->tls != NULL) printf(", \"path\": \"%s\"", tls_authority_path());
    printf("}");
}

void c_serve(const PeerOptions *options) {
    static Serving servings[service_count];
    struct ssl_ctx_st *tls = tls_server_context(options);
    for (int service = 0; service < service_count; service++) start(&servings[service], (Service)service, options, tls);
    for (size_t i = 0; i < workload_count; i++) {
        printf(i == 0 ? "{" : ", ");
        print_address(&workloads[i], &servings[workloads[i].service], options);
    }
    printf("}\n");
    if (fflush(stdout) != 0) fail("stdout");

    char ignored[64];
    ssize_t count;
    do count = read(STDIN_FILENO, ignored, sizeof ignored);
    while (count > 0 || (count < 0 && errno == EINTR));
    exit(0); // ends the threads as well
}
