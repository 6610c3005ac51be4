#ifndef CWORKLOADS_INTERNAL_H
#define CWORKLOADS_INTERNAL_H

#include "CWorkloads.h"

#include <stddef.h>
#include <sys/socket.h>

// Where the flag does not exist, SO_NOSIGPIPE does its work (see open_socket).
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

typedef enum Service {
    service_tcp_echo,
    service_tcp_discard,
    service_tcp_lines,
    service_unix_echo,
    service_udp_echo,
    service_tls_echo,
    service_tls_discard,
    service_count
} Service;

typedef struct Client Client;

typedef struct Workload {
    const char *name;
    Service service;
    size_t size;                  // bytes an operation sends
    void (*operation)(Client *);  // what is measured
    bool opens_its_own;           // the operation connects for itself
} Workload;

extern const Workload workloads[];
extern const size_t workload_count;

typedef struct Address {
    struct sockaddr_storage storage;
    socklen_t length;
} Address;

Address address_of(Service service, const PeerOptions *options);
int open_socket(Service service, bool nonblocking);
void set_option(int socket, int level, int option, const void *value, socklen_t length, const char *what);
int64_t now_nanoseconds(void);

// TLS, in tls.c.
struct ssl_ctx_st *tls_server_context(const PeerOptions *options);
/// Where the server has written the certificate that its clients trust.
const char *tls_authority_path(void);
void tls_serve_client(struct ssl_ctx_st *context, int socket, unsigned char *buffer, int size, bool echoes);
void c_tls_client(const PeerOptions *options, const Workload *workload);
_Noreturn void fail_tls(const char *what);

// Idle connections of TLS, in idle.c.
void c_idle_client(const PeerOptions *options);

/// Prints `what` with the text of errno, and exits with 1.
_Noreturn void fail(const char *what);
/// The same without errno.
_Noreturn void fail_because(const char *why);

#endif
