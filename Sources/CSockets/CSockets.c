#include "CSockets.h"

#include <string.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#else
#include <sys/event.h>
#include <sys/ucred.h>
#endif

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

int32_t csockets_replace(int32_t fd, int32_t other) {
#ifdef __linux__
    return dup3(other, fd, O_CLOEXEC) >= 0 ? 0 : -errno;
#else
    return dup2(other, fd) >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? 0 : -errno;
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

int32_t csockets_poll_all(struct pollfd *table, uint32_t count, int64_t nanoseconds) {
#ifdef __linux__
    struct timespec limit = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    int ready = ppoll(table, count, nanoseconds < 0 ? NULL : &limit, NULL);
#else
    // As above.
    int64_t milliseconds = nanoseconds < 0 ? -1 : nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
    int ready = poll(table, count, milliseconds > INT_MAX ? INT_MAX : (int)milliseconds);
#endif
    return ready < 0 ? -errno : ready;
}

// MARK: Event queues

enum { most_events = 256 };

#ifdef __linux__

int32_t csockets_events_open(int32_t *waker) {
    int queue = epoll_create1(EPOLL_CLOEXEC);
    if (queue < 0) return -errno;
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    // Told of changes only, it need never be read: each write is one.
    struct epoll_event interest = {.events = EPOLLIN | EPOLLET, .data.u64 = UINT64_MAX};
    if (event < 0 || epoll_ctl(queue, EPOLL_CTL_ADD, event, &interest) != 0) {
        int32_t error = -errno;
        if (event >= 0) close(event);
        close(queue);
        return error;
    }
    *waker = event;
    return queue;
}

int32_t csockets_events_add(int32_t queue, int32_t fd, uint64_t token) {
    struct epoll_event interest = {.data.u64 = token};
    interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
    if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &interest) == 0) return 0;
    // Left by somebody who has closed this number while a copy of the descriptor lives on.
    return errno == EEXIST && epoll_ctl(queue, EPOLL_CTL_MOD, fd, &interest) == 0 ? 0 : -errno;
}

int32_t csockets_events_remove(int32_t queue, int32_t fd) {
    struct epoll_event unused = {0};
    return epoll_ctl(queue, EPOLL_CTL_DEL, fd, &unused) == 0 ? 0 : -errno;
}

int32_t csockets_events_wait(int32_t queue, CSocketsEvent *events, int32_t capacity, int64_t nanoseconds) {
    struct epoll_event found[most_events];
    int limit = capacity < most_events ? capacity : most_events;
    // Rounded up: waking before the time would be one more turn of the loop; capped: the caller asks again.
    int64_t milliseconds = nanoseconds < 0 ? -1 : nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
    int count = epoll_wait(queue, found, limit, milliseconds > INT_MAX ? INT_MAX : (int)milliseconds);
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) {
        uint32_t seen = found[index].events, flags = 0;
        // An end or an error is there for whoever receives and whoever sends.
        if (seen & (EPOLLERR | EPOLLHUP)) flags |= csockets_event_readable | csockets_event_writable;
        if (seen & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) flags |= csockets_event_ended;
        if (seen & (EPOLLIN | EPOLLRDHUP | EPOLLPRI)) flags |= csockets_event_readable;
        if (seen & EPOLLOUT) flags |= csockets_event_writable;
        if (seen & EPOLLPRI) flags |= csockets_event_urgent;
        events[index] = (CSocketsEvent){.token = found[index].data.u64, .flags = flags};
    }
    return count;
}

void csockets_events_wake(int32_t queue, int32_t waker) {
    (void)queue;
    uint64_t one = 1;
    // It fails only when the counter is full, and then it has been written to.
    (void)!write(waker, &one, sizeof one);
}

#else

int32_t csockets_events_open(int32_t *waker) {
    int queue = kqueue();
    if (queue < 0) return -errno;
    struct kevent change;
    EV_SET(&change, 0, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, (void *)UINTPTR_MAX);
    if (fcntl(queue, F_SETFD, FD_CLOEXEC) != 0 || kevent(queue, &change, 1, NULL, 0, NULL) != 0) {
        int32_t error = -errno;
        close(queue);
        return error;
    }
    *waker = -1;
    return queue;
}

int32_t csockets_events_add(int32_t queue, int32_t fd, uint64_t token) {
    struct kevent changes[2];
    EV_SET(&changes[0], fd, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, (void *)(uintptr_t)token);
    EV_SET(&changes[1], fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0, (void *)(uintptr_t)token);
    return kevent(queue, changes, 2, NULL, 0, NULL) == 0 ? 0 : -errno;
}

int32_t csockets_events_remove(int32_t queue, int32_t fd) {
    struct kevent changes[2];
    EV_SET(&changes[0], fd, EVFILT_READ, EV_DELETE, 0, 0, NULL);
    EV_SET(&changes[1], fd, EVFILT_WRITE, EV_DELETE, 0, 0, NULL);
    return kevent(queue, changes, 2, NULL, 0, NULL) == 0 ? 0 : -errno;
}

int32_t csockets_events_wait(int32_t queue, CSocketsEvent *events, int32_t capacity, int64_t nanoseconds) {
    struct kevent found[most_events];
    struct timespec limit = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    int count = kevent(
        queue, NULL, 0, found, capacity < most_events ? capacity : most_events, nanoseconds < 0 ? NULL : &limit
    );
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) {
        uint32_t flags = found[index].filter == EVFILT_READ ? csockets_event_readable : 0;
        if (found[index].filter == EVFILT_WRITE) flags |= csockets_event_writable;
        // An end or an error is there for whoever receives and whoever sends.
        if (found[index].flags & (EV_EOF | EV_ERROR)) {
            flags |= csockets_event_readable | csockets_event_writable | csockets_event_ended;
        }
        if (found[index].flags & EV_OOBAND) flags |= csockets_event_urgent;
        events[index] = (CSocketsEvent){.token = (uint64_t)(uintptr_t)found[index].udata, .flags = flags};
    }
    return count;
}

void csockets_events_wake(int32_t queue, int32_t waker) {
    (void)waker;
    struct kevent change;
    EV_SET(&change, 0, EVFILT_USER, 0, NOTE_TRIGGER, 0, (void *)UINTPTR_MAX);
    (void)kevent(queue, &change, 1, NULL, 0, NULL);
}

#endif

// MARK: Credentials

int32_t csockets_peer_credentials(int32_t fd, int32_t *process, uint32_t *user, uint32_t *group) {
#ifdef __linux__
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -errno;
    // Of a socket that knows nobody.
    if (length < sizeof peer || peer.uid == (uid_t)-1) return -ENOTCONN;
    *process = peer.pid;
    *user = peer.uid;
    *group = peer.gid;
#else
    struct xucred peer;
    pid_t number;
    socklen_t length = sizeof peer, number_length = sizeof number;
    if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, &peer, &length) != 0
        || getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &number, &number_length) != 0) {
        // Sockets of other families do not know the option.
        return errno == EINVAL || errno == ENOPROTOOPT ? -ENOTCONN : -errno;
    }
    if (peer.cr_version != XUCRED_VERSION || peer.cr_ngroups < 1) return -ENOTCONN;
    *process = number;
    *user = peer.cr_uid;
    *group = peer.cr_groups[0];
#endif
    return 0;
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
