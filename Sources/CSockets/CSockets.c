#include "CSockets.h"

#include <string.h>

// MARK: Opening and closing

#ifndef __linux__
// Darwin has no way to set these when the descriptor is made: a child that is forked just now may inherit it.
static int32_t prepare(int32_t fd, int32_t nonblocking) {
    int on = 1;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0
        || (nonblocking && fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) != 0)
        || setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) != 0) {
        int32_t error = -errno;
        close(fd);
        return error;
    }
    return fd;
}
#endif

int32_t csockets_socket(int32_t family, int32_t type, int32_t protocol, int32_t nonblocking) {
#ifdef __linux__
    int fd = socket(family, type | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), protocol);
    return fd < 0 ? -errno : fd;
#else
    int fd = socket(family, type, protocol);
    return fd < 0 ? -errno : prepare(fd, nonblocking);
#endif
}

int32_t csockets_socketpair(int32_t family, int32_t type, int32_t protocol, int32_t *pair) {
#ifdef __linux__
    return socketpair(family, type | SOCK_CLOEXEC, protocol, pair) == 0 ? 0 : -errno;
#else
    if (socketpair(family, type, protocol, pair) != 0) return -errno;
    int32_t first = prepare(pair[0], 0);
    if (first < 0) {
        close(pair[1]);
        return first;
    }
    int32_t second = prepare(pair[1], 0);
    if (second < 0) {
        close(pair[0]);
        return second;
    }
    return 0;
#endif
}

int32_t csockets_accept(int32_t fd, void *address, uint32_t *length) {
#ifdef __linux__
    int accepted = accept4(fd, (struct sockaddr *)address, (socklen_t *)length, SOCK_CLOEXEC);
    return accepted < 0 ? -errno : accepted;
#else
    int accepted = accept(fd, (struct sockaddr *)address, (socklen_t *)length);
    if (accepted < 0) return -errno;
    // An accepted socket takes O_NONBLOCK over from its listener here.
    if (fcntl(accepted, F_SETFL, O_RDWR) != 0) {
        int32_t error = -errno;
        close(accepted);
        return error;
    }
    return prepare(accepted, 0);
#endif
}

int32_t csockets_pipe(int32_t *pair) {
#ifdef __linux__
    return pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0 ? 0 : -errno;
#else
    if (pipe(pair) != 0) return -errno;
    for (int end = 0; end < 2; end++) {
        if (fcntl(pair[end], F_SETFD, FD_CLOEXEC) != 0 || fcntl(pair[end], F_SETFL, O_NONBLOCK) != 0) {
            int32_t error = -errno;
            close(pair[0]);
            close(pair[1]);
            return error;
        }
    }
    return 0;
#endif
}

int32_t csockets_set_nonblocking(int32_t fd, int32_t nonblocking) {
    return fcntl(fd, F_SETFL, O_RDWR | (nonblocking ? O_NONBLOCK : 0)) == 0 ? 0 : -errno;
}

// MARK: Readiness

int32_t csockets_poll(int32_t fd, int16_t events, int32_t wake_fd, int64_t nanoseconds, int16_t *result) {
    struct pollfd table[2] = {{.fd = fd, .events = events}, {.fd = wake_fd, .events = POLLIN}};
#ifdef __linux__
    struct timespec limit = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    int count = ppoll(table, wake_fd < 0 ? 1 : 2, nanoseconds < 0 ? NULL : &limit, NULL);
#else
    // Rounded up: waking before the deadline would be one more turn of the loop; capped: the caller asks again.
    int64_t milliseconds = nanoseconds < 0 ? -1 : nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
    int count = poll(table, wake_fd < 0 ? 1 : 2, milliseconds > INT_MAX ? INT_MAX : (int)milliseconds);
#endif
    if (count < 0) return -errno;
    *result = table[0].revents;
    return count;
}

// MARK: Errors

const char *csockets_errno_name(int32_t code) {
    switch (code) {
#define NAME(name) case name: return #name;
        NAME(EPERM) NAME(ENOENT) NAME(EINTR) NAME(EIO) NAME(EBADF) NAME(EAGAIN) NAME(ENOMEM) NAME(EACCES)
        NAME(EFAULT) NAME(EBUSY) NAME(EEXIST) NAME(ENODEV) NAME(ENOTDIR) NAME(EISDIR) NAME(EINVAL) NAME(ENFILE)
        NAME(EMFILE) NAME(ENOSPC) NAME(EROFS) NAME(EPIPE) NAME(EDOM) NAME(ENAMETOOLONG) NAME(ELOOP)
        NAME(ENOTSOCK) NAME(EDESTADDRREQ) NAME(EMSGSIZE) NAME(EPROTOTYPE) NAME(ENOPROTOOPT) NAME(EPROTONOSUPPORT)
        NAME(ESOCKTNOSUPPORT) NAME(EOPNOTSUPP) NAME(EPFNOSUPPORT) NAME(EAFNOSUPPORT) NAME(EADDRINUSE)
        NAME(EADDRNOTAVAIL) NAME(ENETDOWN) NAME(ENETUNREACH) NAME(ENETRESET) NAME(ECONNABORTED) NAME(ECONNRESET)
        NAME(ENOBUFS) NAME(EISCONN) NAME(ENOTCONN) NAME(ESHUTDOWN) NAME(ETIMEDOUT) NAME(ECONNREFUSED)
        NAME(EHOSTDOWN) NAME(EHOSTUNREACH) NAME(EALREADY) NAME(EINPROGRESS) NAME(EPROTO) NAME(ECANCELED)
#undef NAME
        default: return "";
    }
}

void csockets_errno_text(int32_t code, char *buffer, size_t size) {
#if defined(__GLIBC__)
    // The GNU form may answer with a constant in place of filling the buffer.
    const char *text = strerror_r(code, buffer, size);
    if (text != buffer && size > 0) {
        strncpy(buffer, text, size - 1);
        buffer[size - 1] = 0;
    }
#else
    if (strerror_r(code, buffer, size) != 0 && size > 0) buffer[0] = 0;
#endif
}

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
#undef NAME
        default: return "";
    }
}

// MARK: Names

int32_t csockets_getaddrinfo(
    const char *host, const char *service, int32_t family, int32_t flags, struct addrinfo **result, int32_t *system_error
) {
    struct addrinfo hints = {0};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;  // one entry an address; the port is that of the service for TCP
    hints.ai_flags = flags;
    int code = getaddrinfo(host, service, &hints, result);
    *system_error = code == EAI_SYSTEM ? errno : 0;
    return code;
}
