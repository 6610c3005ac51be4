#include "CSocketsNames.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int32_t csockets_getaddrinfo(
    const char *host, const char *service, int32_t family, int32_t type, int32_t protocol, int32_t flags,
    struct addrinfo **result, int32_t *system_error
) {
    struct addrinfo hints = {0};
    hints.ai_family = family;
    hints.ai_socktype = type;
    hints.ai_protocol = protocol;
    hints.ai_flags = flags;
    int code = getaddrinfo(host, service, &hints, result);
    *system_error = code == EAI_SYSTEM ? errno : 0;
    return code;
}

int32_t csockets_getnameinfo(
    const void *address, uint32_t length, char *host, uint32_t host_size, char *service, uint32_t service_size,
    int32_t flags, int32_t *system_error
) {
    int code = getnameinfo(address, length, host, host_size, service, service_size, flags);
    *system_error = code == EAI_SYSTEM ? errno : 0;
    return code;
}

// MARK: Errors

const char *csockets_addrinfo_error_name(int32_t code) {
    switch (code) {
#define NAME(name) case name: return #name;
        NAME(EAI_AGAIN) NAME(EAI_BADFLAGS) NAME(EAI_FAIL) NAME(EAI_FAMILY) NAME(EAI_MEMORY) NAME(EAI_NONAME)
        NAME(EAI_OVERFLOW) NAME(EAI_SERVICE) NAME(EAI_SOCKTYPE) NAME(EAI_SYSTEM)
#ifdef EAI_NODATA
        NAME(EAI_NODATA)
#endif
#ifdef EAI_ADDRFAMILY
        NAME(EAI_ADDRFAMILY)
#endif
        default: return "";
    }
}

const char *csockets_host_error_name(int32_t code) {
    switch (code) {
        NAME(HOST_NOT_FOUND) NAME(TRY_AGAIN) NAME(NO_RECOVERY) NAME(NO_DATA) NAME(NETDB_INTERNAL)
#undef NAME
        default: return "";
    }
}

const char *csockets_host_error_text(int32_t code) { return hstrerror(code); }

// MARK: The system's tables

void csockets_entry_free(CSocketsEntry *entry) {
    free(entry->memory);
    entry->memory = NULL;
}

#ifdef __linux__

// The system fills memory of the caller's and says ERANGE when there is too little of it.
enum { first_size = 1024, largest_size = 1 << 20 };

// Makes `call` with more and more memory until it does not say ERANGE; `status` is what it returns.
#define WITH_GROWING_MEMORY(call)                                                                                      \
    int status = ERANGE;                                                                                               \
    entry->memory = NULL;                                                                                              \
    for (size_t size = first_size; status == ERANGE && size <= largest_size; size *= 2) {                              \
        char *memory = realloc(entry->memory, size);                                                                   \
        if (!memory) {                                                                                                 \
            csockets_entry_free(entry);                                                                                \
            status = ENOMEM;                                                                                           \
            break;                                                                                                     \
        }                                                                                                              \
        entry->memory = memory;                                                                                        \
        status = call;                                                                                                 \
    }

static int32_t host_result(CSocketsEntry *entry, struct hostent *found, int status, int code, int32_t *system_error) {
    if (found) return 0;
    csockets_entry_free(entry);
    // The look-up itself failed: there is no code, or it says to look at the error of the system.
    if (code <= 0) code = NETDB_INTERNAL;
    *system_error = code == NETDB_INTERNAL ? status : 0;
    return code;
}

int32_t csockets_host_by_name(const char *name, int32_t family, CSocketsEntry *entry, int32_t *system_error) {
    struct hostent *found = NULL;
    int code = 0;
    WITH_GROWING_MEMORY(gethostbyname2_r(name, family, &entry->host, memory, size, &found, &code))
    return host_result(entry, found, status, code, system_error);
}

int32_t csockets_host_by_address(
    const void *address, uint32_t length, int32_t family, CSocketsEntry *entry, int32_t *system_error
) {
    struct hostent *found = NULL;
    int code = 0;
    WITH_GROWING_MEMORY(gethostbyaddr_r(address, length, family, &entry->host, memory, size, &found, &code))
    return host_result(entry, found, status, code, system_error);
}

static int32_t table_result(CSocketsEntry *entry, const void *found, int status) {
    if (found) return 1;
    csockets_entry_free(entry);
    // Some modules of the C library say ENOENT for what is not there.
    return status == 0 || status == ENOENT ? 0 : -status;
}

int32_t csockets_service_by_name(const char *name, const char *protocol, CSocketsEntry *entry) {
    struct servent *found = NULL;
    WITH_GROWING_MEMORY(getservbyname_r(name, protocol, &entry->service, memory, size, &found))
    return table_result(entry, found, status);
}

int32_t csockets_service_by_port(uint16_t port, const char *protocol, CSocketsEntry *entry) {
    struct servent *found = NULL;
    WITH_GROWING_MEMORY(getservbyport_r(htons(port), protocol, &entry->service, memory, size, &found))
    return table_result(entry, found, status);
}

int32_t csockets_protocol_by_name(const char *name, CSocketsEntry *entry) {
    struct protoent *found = NULL;
    WITH_GROWING_MEMORY(getprotobyname_r(name, &entry->protocol, memory, size, &found))
    return table_result(entry, found, status);
}

#else

// Darwin's calls answer in memory of the calling thread, which stays as it is until the thread's next call.

int32_t csockets_host_by_name(const char *name, int32_t family, CSocketsEntry *entry, int32_t *system_error) {
    entry->memory = NULL;
    struct hostent *found = gethostbyname2(name, family);
    if (found) {
        entry->host = *found;
        return 0;
    }
    int code = h_errno;
    *system_error = code == NETDB_INTERNAL ? errno : 0;
    return code == 0 ? NO_RECOVERY : code;
}

int32_t csockets_host_by_address(
    const void *address, uint32_t length, int32_t family, CSocketsEntry *entry, int32_t *system_error
) {
    entry->memory = NULL;
    struct hostent *found = gethostbyaddr(address, length, family);
    if (found) {
        entry->host = *found;
        return 0;
    }
    int code = h_errno;
    *system_error = code == NETDB_INTERNAL ? errno : 0;
    return code == 0 ? NO_RECOVERY : code;
}

int32_t csockets_service_by_name(const char *name, const char *protocol, CSocketsEntry *entry) {
    entry->memory = NULL;
    struct servent *found = getservbyname(name, protocol);
    if (found) entry->service = *found;
    return found != NULL;
}

int32_t csockets_service_by_port(uint16_t port, const char *protocol, CSocketsEntry *entry) {
    entry->memory = NULL;
    struct servent *found = getservbyport(htons(port), protocol);
    if (found) entry->service = *found;
    return found != NULL;
}

int32_t csockets_protocol_by_name(const char *name, CSocketsEntry *entry) {
    entry->memory = NULL;
    struct protoent *found = getprotobyname(name);
    if (found) entry->protocol = *found;
    return found != NULL;
}

#endif

uint16_t csockets_service_port(const CSocketsEntry *entry) { return ntohs((uint16_t)entry->service.s_port); }

// MARK: This machine

int32_t csockets_hostname(char *buffer, size_t size) {
    if (gethostname(buffer, size) != 0) return -errno;
    buffer[size - 1] = 0;
    return 0;
}

const int32_t csockets_longest_interface = IF_NAMESIZE;

int64_t csockets_interface_index(const char *name) {
    unsigned index = if_nametoindex(name);
    return index == 0 ? -errno : (int64_t)index;
}

int32_t csockets_interface_name(uint32_t index, char *buffer) {
    return if_indextoname(index, buffer) ? 0 : -errno;
}

int32_t csockets_interfaces(void (*found)(void *context, uint32_t index, const char *name), void *context) {
    struct if_nameindex *all = if_nameindex();
    if (!all) return -errno;
    for (struct if_nameindex *next = all; next->if_index != 0 && next->if_name; next++) {
        found(context, next->if_index, next->if_name);
    }
    if_freenameindex(all);
    return 0;
}
