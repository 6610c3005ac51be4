#include "CSockets.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

// The C library makes recv and send points where a thread can be cancelled, for which a process of several threads pays with
// four atomic operations a round trip. Swift cancels no threads, so the system is called without that. Sanitizers have to see
// the functions of the library.

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || __has_feature(thread_sanitizer) \
    || __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

ssize_t csockets_recv(int32_t fd, void *buffer, size_t count, int32_t flags) {
#if defined(SYS_recvfrom) && !IS_SANITIZED
    ssize_t result = syscall(SYS_recvfrom, fd, buffer, count, flags, NULL, NULL);
#else
    ssize_t result = recv(fd, buffer, count, flags);
#endif
    return result < 0 ? -errno : result;
}

ssize_t csockets_send(int32_t fd, const void *buffer, size_t count, int32_t flags) {
#if defined(SYS_sendto) && !IS_SANITIZED
    ssize_t result = syscall(SYS_sendto, fd, buffer, count, flags, NULL, 0);
#else
    ssize_t result = send(fd, buffer, count, flags);
#endif
    return result < 0 ? -errno : result;
}
