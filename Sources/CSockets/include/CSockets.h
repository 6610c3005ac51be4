// The part of the socket API that Swift cannot import as it is: macros, variadic functions, calls that differ between
// platforms. Every wrapper is one system call and returns its result, or the negated errno: reading errno from Swift
// after a call has returned would be a race with whatever the runtime does in between.

#ifndef CSOCKETS_H
#define CSOCKETS_H

#include "CSocketsConstants.h"
#include "CSocketsMessages.h"
#include "CSocketsNames.h"
#include "CSocketsProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// MARK: Constants

static const int32_t csockets_msg_dontwait = MSG_DONTWAIT;
#ifdef MSG_NOSIGNAL
static const int32_t csockets_msg_nosignal = MSG_NOSIGNAL;
#else
static const int32_t csockets_msg_nosignal = 0;  // Darwin: SO_NOSIGPIPE is set on every socket instead
#endif

/// How many buffers one call takes; every system of today has this many (POSIX asks for 16).
static const int32_t csockets_iov_max = 1024;

static const int32_t csockets_stream = SOCK_STREAM;
static const int32_t csockets_datagram = SOCK_DGRAM;

#ifdef __linux__
static const int32_t csockets_keep_idle = TCP_KEEPIDLE;
#else
static const int32_t csockets_keep_idle = TCP_KEEPALIVE;
#endif

// MARK: Opening and closing

/// A new socket that children do not inherit and that raises no SIGPIPE.
int32_t csockets_socket(int32_t family, int32_t type, int32_t protocol, int32_t nonblocking);
/// A pair of connected sockets, like csockets_socket.
int32_t csockets_socketpair(int32_t family, int32_t type, int32_t protocol, int32_t *pair);
/// The next connection of a listener, like csockets_socket.
int32_t csockets_accept(int32_t fd, void *address, uint32_t *length);
/// A pipe that children do not inherit, both ends nonblocking.
int32_t csockets_pipe(int32_t *pair);
/// Sets or clears O_NONBLOCK on a socket whose other status flags are not in use. One call.
int32_t csockets_set_nonblocking(int32_t fd, int32_t nonblocking);

/// Has a number stand for another descriptor, which children do not inherit; what it stood for is closed.
int32_t csockets_replace(int32_t fd, int32_t other);

/// Whether shutdown(2) wakes whoever waits on any socket, listening and unconnected ones included.
static inline int32_t csockets_shutdown_wakes_all(void) {
#ifdef __linux__
    return 1;
#else
    return 0;
#endif
}

static inline int32_t csockets_close(int32_t fd) { return close(fd) == 0 ? 0 : -errno; }
static inline int32_t csockets_shutdown(int32_t fd, int32_t how) { return shutdown(fd, how) == 0 ? 0 : -errno; }

static inline int32_t csockets_connect(int32_t fd, const void *address, uint32_t length) {
    return connect(fd, (const struct sockaddr *)address, length) == 0 ? 0 : -errno;
}
static inline int32_t csockets_bind(int32_t fd, const void *address, uint32_t length) {
    return bind(fd, (const struct sockaddr *)address, length) == 0 ? 0 : -errno;
}
static inline int32_t csockets_listen(int32_t fd, int32_t backlog) { return listen(fd, backlog) == 0 ? 0 : -errno; }

// MARK: Bytes

/// Receives, like recv(2), and is no point where threads are cancelled.
ssize_t csockets_recv(int32_t fd, void *buffer, size_t count, int32_t flags);
/// Sends, like send(2), and is no point where threads are cancelled.
ssize_t csockets_send(int32_t fd, const void *buffer, size_t count, int32_t flags);
static inline ssize_t csockets_sendto(
    int32_t fd, const void *buffer, size_t count, int32_t flags, const void *address, uint32_t length
) {
    ssize_t result = sendto(fd, buffer, count, flags, (const struct sockaddr *)address, length);
    return result < 0 ? -errno : result;
}
/// Receives one datagram with its sender's address, and says whether it was longer than the buffer.
static inline ssize_t csockets_receive_datagram(
    int32_t fd, void *buffer, size_t count, int32_t flags, void *address, uint32_t *length, bool *is_truncated
) {
#ifdef __linux__
    // The real size in place of what fitted: all that recvmsg would say besides, and the cheaper call.
    ssize_t result = recvfrom(fd, buffer, count, flags | MSG_TRUNC, (struct sockaddr *)address, (socklen_t *)length);
    if (result < 0) return -errno;
    *is_truncated = (size_t)result > count;
    return *is_truncated ? (ssize_t)count : result;
#else
    struct iovec vector = {.iov_base = buffer, .iov_len = count};
    struct msghdr message = {.msg_name = address, .msg_namelen = *length, .msg_iov = &vector, .msg_iovlen = 1};
    ssize_t result = recvmsg(fd, &message, flags);
    if (result < 0) return -errno;
    *length = message.msg_namelen;
    *is_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    return result;
#endif
}
/// recvmsg into one or more buffers; gives the sender's address and the flags of the message.
static inline ssize_t csockets_recvmsg(
    int32_t fd, void *iovecs, size_t count, int32_t flags, void *address, uint32_t *length, int32_t *message_flags
) {
    struct msghdr message = {0};
    message.msg_name = address;
    message.msg_namelen = length ? *length : 0;
    message.msg_iov = (struct iovec *)iovecs;
    message.msg_iovlen = count;
    ssize_t result = recvmsg(fd, &message, flags);
    if (result < 0) return -errno;
    if (length) *length = message.msg_namelen;
    if (message_flags) *message_flags = message.msg_flags;
    return result;
}
/// sendmsg from one or more buffers to the peer of the socket.
static inline ssize_t csockets_sendmsg(int32_t fd, const void *iovecs, size_t count, int32_t flags) {
    struct msghdr message = {0};
    message.msg_iov = (struct iovec *)iovecs;
    message.msg_iovlen = count;
    ssize_t result = sendmsg(fd, &message, flags);
    return result < 0 ? -errno : result;
}

/// Writes to a pipe of ours that has room.
static inline ssize_t csockets_write(int32_t fd, const void *buffer, size_t count) {
    ssize_t result = write(fd, buffer, count);
    return result < 0 ? -errno : result;
}

// MARK: Readiness and time

/// Waits for events of up to two descriptors, at most so many nanoseconds (negative: for ever).
/// The second descriptor is left out when it is negative.
int32_t csockets_poll(int32_t fd, int16_t events, int32_t wake_fd, int64_t nanoseconds, int16_t *result);

/// Waits for events of any of several descriptors, at most so many nanoseconds (negative: for ever).
int32_t csockets_poll_all(struct pollfd *table, uint32_t count, int64_t nanoseconds);

/// What is ready, of one descriptor of an event queue.
typedef struct CSocketsEvent {
    /// The number that was given when the descriptor was added.
    uint64_t token;
    /// Of the flags below.
    uint32_t flags;
} CSocketsEvent;

static const uint32_t csockets_event_readable = 1;
static const uint32_t csockets_event_writable = 2;
/// There is urgent data, at which a receive stops although there is more.
static const uint32_t csockets_event_urgent = 4;
/// There is an end or an error behind whatever there is to receive, which no further event tells of.
static const uint32_t csockets_event_ended = 8;

/// A queue of the system's that tells of changes of readiness (epoll, kqueue), and what wakes it.
/// Gives the queue's descriptor, and in waker the descriptor of what wakes it, or -1 where that needs none.
int32_t csockets_events_open(int32_t *waker);
/// Has the queue tell of every change of a descriptor from now on, beginning with what is ready now.
int32_t csockets_events_add(int32_t queue, int32_t fd, uint64_t token);
/// Has the queue forget a descriptor.
int32_t csockets_events_remove(int32_t queue, int32_t fd);
/// Waits for changes, at most so many nanoseconds (negative: for ever). Gives how many there are.
int32_t csockets_events_wait(int32_t queue, CSocketsEvent *events, int32_t capacity, int64_t nanoseconds);
/// Ends a wait that is under way, or the next one. Its event has the token UINT64_MAX.
void csockets_events_wake(int32_t queue, int32_t waker);
// Darwin: the clock that stops while the machine sleeps is the one that its timed waits follow.
#ifdef __APPLE__
#define CSOCKETS_CLOCK CLOCK_UPTIME_RAW
#else
#define CSOCKETS_CLOCK CLOCK_MONOTONIC
#endif
/// Nanoseconds of the monotonic clock.
static inline int64_t csockets_now(void) {
    struct timespec time;
    clock_gettime(CSOCKETS_CLOCK, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// MARK: Options and addresses

static inline int32_t csockets_getsockopt(int32_t fd, int32_t level, int32_t name, void *value, uint32_t *length) {
    return getsockopt(fd, level, name, value, (socklen_t *)length) == 0 ? 0 : -errno;
}
static inline int32_t csockets_setsockopt(int32_t fd, int32_t level, int32_t name, const void *value, uint32_t length) {
    return setsockopt(fd, level, name, value, length) == 0 ? 0 : -errno;
}
static inline int32_t csockets_getsockname(int32_t fd, void *address, uint32_t *length) {
    return getsockname(fd, (struct sockaddr *)address, (socklen_t *)length) == 0 ? 0 : -errno;
}
static inline int32_t csockets_getpeername(int32_t fd, void *address, uint32_t *length) {
    return getpeername(fd, (struct sockaddr *)address, (socklen_t *)length) == 0 ? 0 : -errno;
}
/// The process at the other end of a Unix socket, as it was when it connected: 0, or a negated errno, -ENOTCONN where there is
/// none that the system knows.
int32_t csockets_peer_credentials(int32_t fd, int32_t *process, uint32_t *user, uint32_t *group);

// MARK: Errors

/// The symbolic name of an errno, or "" when it is not known here.
const char *csockets_errno_name(int32_t code);
/// The text of an errno, written to a buffer; thread-safe.
void csockets_errno_text(int32_t code, char *buffer, size_t size);

#endif
