#include "CSockets.h"

#include <string.h>

// MARK: Descriptors

int32_t csockets_duplicate(int32_t fd) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

int32_t csockets_is_inheritable(int32_t fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? -errno : (flags & FD_CLOEXEC) == 0;
}

int32_t csockets_set_inheritable(int32_t fd, int32_t inheritable) {
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) return -errno;
    int wanted = inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
    return wanted == flags || fcntl(fd, F_SETFD, wanted) == 0 ? 0 : -errno;
}

int32_t csockets_is_nonblocking(int32_t fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -errno : (flags & O_NONBLOCK) != 0;
}

int32_t csockets_silence(int32_t fd) {
#ifdef SO_NOSIGPIPE
    int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) == 0 ? 0 : -errno;
#else
    (void)fd;
    return 0;
#endif
}

// MARK: Messages

ssize_t csockets_send_message(int32_t fd, const void *iovecs, size_t count, const CSocketsMessage *message, int32_t flags) {
    struct msghdr header = {0};
    header.msg_name = message->address_length ? message->address : NULL;
    header.msg_namelen = message->address_length;
    header.msg_iov = (struct iovec *)iovecs;
    header.msg_iovlen = count;
    header.msg_control = message->control_length ? message->control : NULL;
    header.msg_controllen = message->control_length;
    ssize_t result = sendmsg(fd, &header, flags);
    return result < 0 ? -errno : result;
}

#ifndef MSG_CMSG_CLOEXEC
// Here descriptors come without the flag: a child that is forked just now may inherit them.
static void close_on_exec(struct msghdr *header) {
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < count; index++) {
            int fd;
            memcpy(&fd, CMSG_DATA(control) + index * sizeof fd, sizeof fd);
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        }
    }
}
#endif

ssize_t csockets_receive_message(int32_t fd, const void *iovecs, size_t count, CSocketsMessage *message, int32_t flags) {
    struct msghdr header = {0};
    header.msg_name = message->address;
    header.msg_namelen = message->address_length;
    header.msg_iov = (struct iovec *)iovecs;
    header.msg_iovlen = count;
    header.msg_control = message->control_length ? message->control : NULL;
    header.msg_controllen = message->control_length;
#ifdef MSG_CMSG_CLOEXEC
    flags |= MSG_CMSG_CLOEXEC;
#endif
    ssize_t result = recvmsg(fd, &header, flags);
    if (result < 0) return -errno;
#ifndef MSG_CMSG_CLOEXEC
    close_on_exec(&header);
#endif
    message->address_length = header.msg_namelen;
    message->control_length = header.msg_controllen;
    message->flags = header.msg_flags;
#ifdef MSG_CMSG_CLOEXEC
    message->flags &= ~MSG_CMSG_CLOEXEC;  // Linux reports it back
#endif
    return result;
}

// MARK: Control messages

size_t csockets_control_space(size_t count) { return CMSG_SPACE(count); }

int64_t csockets_control_append(
    void *buffer, size_t capacity, size_t used, int32_t level, int32_t type, const void *bytes, size_t count
) {
    if (used > capacity || count > capacity || CMSG_SPACE(count) > capacity - used) return -EMSGSIZE;
    struct cmsghdr *control = (struct cmsghdr *)((char *)buffer + used);
    memset(control, 0, CMSG_SPACE(count));
    control->cmsg_len = CMSG_LEN(count);
    control->cmsg_level = level;
    control->cmsg_type = type;
    if (count > 0) memcpy(CMSG_DATA(control), bytes, count);
    return (int64_t)(used + CMSG_SPACE(count));
}

int32_t csockets_control_find(const void *buffer, size_t length, size_t place, CSocketsControl *found) {
    size_t head = CMSG_LEN(0);
    if (place > length || length - place < head) return 0;
    struct cmsghdr control;
    memcpy(&control, (const char *)buffer + place, sizeof control);
    if (control.cmsg_len < head) return 0;
    // What was cut says its full size on some systems.
    size_t size = control.cmsg_len > length - place ? length - place : control.cmsg_len;
    size_t count = size - head, space = CMSG_SPACE(count);
    *found = (CSocketsControl){
        .level = control.cmsg_level,
        .type = control.cmsg_type,
        .offset = place + head,
        .count = count,
        .next = space > length - place ? length : place + space,
    };
    return 1;
}

const int32_t csockets_SCM_RIGHTS = SCM_RIGHTS;
#ifdef SCM_CREDENTIALS
const int32_t csockets_SCM_CREDENTIALS = SCM_CREDENTIALS;
#else
const int32_t csockets_SCM_CREDENTIALS = -1;
#endif
#ifdef SO_TIMESTAMPNS
const int32_t csockets_SCM_TIMESTAMPNS = SO_TIMESTAMPNS;
#else
const int32_t csockets_SCM_TIMESTAMPNS = -1;
#endif
// Linux delivers the time to live under the name of the option that sets it, others under that which asks for it.
#ifdef __linux__
const int32_t csockets_CONTROL_IP_TTL = IP_TTL;
#else
const int32_t csockets_CONTROL_IP_TTL = IP_RECVTTL;
#endif
