// Name look-ups of the system, in forms that several threads may use at a time.

#ifndef CSOCKETS_NAMES_H
#define CSOCKETS_NAMES_H

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>

/// getaddrinfo with all hints; gives the EAI_ code, and errno where that is EAI_SYSTEM.
int32_t csockets_getaddrinfo(
    const char *host, const char *service, int32_t family, int32_t type, int32_t protocol, int32_t flags,
    struct addrinfo **result, int32_t *system_error
);

/// getnameinfo; gives the EAI_ code, and errno where that is EAI_SYSTEM.
int32_t csockets_getnameinfo(
    const void *address, uint32_t length, char *host, uint32_t host_size, char *service, uint32_t service_size,
    int32_t flags, int32_t *system_error
);

/// The longest host and service that getnameinfo gives, with their final zeros.
static const int32_t csockets_longest_host = 1025;
static const int32_t csockets_longest_service = 32;

/// The symbolic name of an EAI_ code, or "" when it is not known here.
const char *csockets_addrinfo_error_name(int32_t code);

/// The symbolic name of an h_errno code, or "" when it is not known here.
const char *csockets_host_error_name(int32_t code);

/// The old text of an h_errno code.
const char *csockets_host_error_text(int32_t code);

/// What a look-up in one of the system's tables found; the texts are in the memory of the answer.
typedef struct {
    char *memory;
    union {
        struct hostent host;
        struct servent service;
        struct protoent protocol;
    };
} CSocketsEntry;

/// gethostbyname for one family. Gives 0 and an entry, or an h_errno code, and errno where that is NETDB_INTERNAL (-1).
int32_t csockets_host_by_name(const char *name, int32_t family, CSocketsEntry *entry, int32_t *system_error);
/// gethostbyaddr, like csockets_host_by_name.
int32_t csockets_host_by_address(
    const void *address, uint32_t length, int32_t family, CSocketsEntry *entry, int32_t *system_error
);
/// getservbyname. Gives 1 and an entry, 0 when there is none, or the negated errno. The protocol may be NULL.
int32_t csockets_service_by_name(const char *name, const char *protocol, CSocketsEntry *entry);
/// getservbyport, like csockets_service_by_name; the port is in the machine's order.
int32_t csockets_service_by_port(uint16_t port, const char *protocol, CSocketsEntry *entry);
/// getprotobyname, like csockets_service_by_name.
int32_t csockets_protocol_by_name(const char *name, CSocketsEntry *entry);
/// Frees the memory of an entry that was found.
void csockets_entry_free(CSocketsEntry *entry);

/// The port of a service entry, in the machine's order.
uint16_t csockets_service_port(const CSocketsEntry *entry);

/// gethostname; gives 0 or the negated errno, and always ends the name with a zero.
int32_t csockets_hostname(char *buffer, size_t size);

/// The index of an interface, or the negated errno.
int64_t csockets_interface_index(const char *name);
/// The name of an interface, into a buffer of csockets_longest_interface bytes; gives 0 or the negated errno.
int32_t csockets_interface_name(uint32_t index, char *buffer);
/// The size of the longest name of an interface with its final zero.
extern const int32_t csockets_longest_interface;
/// if_nameindex: calls back for each interface; gives 0 or the negated errno.
int32_t csockets_interfaces(void (*found)(void *context, uint32_t index, const char *name), void *context);

#endif
