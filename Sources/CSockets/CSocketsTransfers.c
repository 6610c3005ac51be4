#include "CSockets.h"

#include <signal.h>
#include <string.h>
#ifdef __linux__
#include <sys/sendfile.h>
#endif

// MARK: Several datagrams

#ifdef __linux__

int32_t csockets_send_batch(
    int32_t fd, const void *memory, size_t stride, const CSocketsDatagram *datagrams, int32_t count, int32_t flags
) {
    struct mmsghdr messages[csockets_batch_max];
    struct iovec vectors[csockets_batch_max];
    if (count > csockets_batch_max) count = csockets_batch_max;
    memset(messages, 0, sizeof messages[0] * (size_t)count);
    for (int32_t index = 0; index < count; index++) {
        const CSocketsDatagram *datagram = &datagrams[index];
        vectors[index] = (struct iovec){
            .iov_base = (char *)memory + stride * (size_t)index, .iov_len = datagram->size,
        };
        struct msghdr *header = &messages[index].msg_hdr;
        header->msg_iov = &vectors[index];
        header->msg_iovlen = 1;
        header->msg_namelen = datagram->address_length;
        header->msg_name = datagram->address_length ? (void *)datagram->address : NULL;
    }
    int sent = sendmmsg(fd, messages, (unsigned)count, flags | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

int32_t csockets_receive_batch(
    int32_t fd, void *memory, size_t stride, CSocketsDatagram *datagrams, int32_t count, int32_t flags
) {
    struct mmsghdr messages[csockets_batch_max];
    struct iovec vectors[csockets_batch_max];
    if (count > csockets_batch_max) count = csockets_batch_max;
    memset(messages, 0, sizeof messages[0] * (size_t)count);
    for (int32_t index = 0; index < count; index++) {
        vectors[index] = (struct iovec){.iov_base = (char *)memory + stride * (size_t)index, .iov_len = stride};
        struct msghdr *header = &messages[index].msg_hdr;
        header->msg_iov = &vectors[index];
        header->msg_iovlen = 1;
        header->msg_name = datagrams[index].address;
        header->msg_namelen = sizeof datagrams[index].address;
    }
    int received = recvmmsg(fd, messages, (unsigned)count, flags | MSG_WAITFORONE, NULL);
    if (received < 0) return -errno;
    for (int index = 0; index < received; index++) {
        datagrams[index].size = messages[index].msg_len;
        datagrams[index].address_length = messages[index].msg_hdr.msg_namelen;
        datagrams[index].is_truncated = (messages[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    }
    return received;
}

#else

// One by one: what comes after the first must not wait, and an error that comes after it is for the next call.

int32_t csockets_send_batch(
    int32_t fd, const void *memory, size_t stride, const CSocketsDatagram *datagrams, int32_t count, int32_t flags
) {
    for (int32_t index = 0; index < count; index++) {
        const CSocketsDatagram *datagram = &datagrams[index];
        ssize_t sent = sendto(
            fd, (const char *)memory + stride * (size_t)index, datagram->size, flags,
            datagram->address_length ? (const struct sockaddr *)datagram->address : NULL, datagram->address_length
        );
        if (sent < 0) return index > 0 ? index : -errno;
    }
    return count;
}

int32_t csockets_receive_batch(
    int32_t fd, void *memory, size_t stride, CSocketsDatagram *datagrams, int32_t count, int32_t flags
) {
    for (int32_t index = 0; index < count; index++) {
        uint32_t length = sizeof datagrams[index].address;
        bool is_truncated = false;
        ssize_t size = csockets_receive_datagram(
            fd, (char *)memory + stride * (size_t)index, stride, index > 0 ? flags | MSG_DONTWAIT : flags,
            datagrams[index].address, &length, &is_truncated
        );
        if (size < 0) return index > 0 ? index : (int32_t)size;
        datagrams[index].size = (uint32_t)size;
        datagrams[index].address_length = length;
        datagrams[index].is_truncated = is_truncated;
    }
    return count;
}

#endif

// MARK: Groups

int32_t csockets_group(
    int32_t fd, int32_t family, int32_t join, uint32_t interface, const void *group, uint32_t group_length,
    const void *source, uint32_t source_length
) {
    int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    struct group_source_req sourced = {.gsr_interface = interface};
    struct group_req request = {.gr_interface = interface};
    if (group_length > sizeof request.gr_group || source_length > sizeof sourced.gsr_source) return -EINVAL;
    if (source_length > 0) {
        memcpy(&sourced.gsr_group, group, group_length);
        memcpy(&sourced.gsr_source, source, source_length);
        int name = join ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP;
        return setsockopt(fd, level, name, &sourced, sizeof sourced) == 0 ? 0 : -errno;
    }
    memcpy(&request.gr_group, group, group_length);
    int name = join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
    return setsockopt(fd, level, name, &request, sizeof request) == 0 ? 0 : -errno;
}

int32_t csockets_multicast_interface(int32_t fd, int32_t family, uint32_t interface) {
    if (family == AF_INET6) {
        return setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface, sizeof interface) == 0 ? 0 : -errno;
    }
    struct ip_mreqn request = {.imr_ifindex = (int)interface};
    return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) == 0 ? 0 : -errno;
}

// MARK: Files

int64_t csockets_sendfile(int32_t fd, int32_t file, int64_t offset, size_t count) {
#ifdef __linux__
    // The call has no flag that keeps the signal away. It is blocked in this thread meanwhile, and taken back when it was
    // raised here; one that was pending before stays.
    sigset_t pipe, old, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    int result = pthread_sigmask(SIG_BLOCK, &pipe, &old);
    if (result != 0) return -result;
    sigemptyset(&pending);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    off_t place = (off_t)offset;
    ssize_t sent = sendfile(fd, file, &place, count);
    int64_t outcome = sent < 0 ? -errno : sent;
    if (outcome == -EPIPE && !was_pending) {
        struct timespec now = {0};
        while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR) {}
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return outcome;
#else
    off_t length = (off_t)count;
    // A part may have been sent although the call fails.
    int result = sendfile(file, fd, (off_t)offset, &length, NULL, 0);
    return result == 0 || length > 0 ? (int64_t)length : -errno;
#endif
}

ssize_t csockets_pread(int32_t fd, void *buffer, size_t count, int64_t offset) {
    ssize_t result = pread(fd, buffer, count, (off_t)offset);
    return result < 0 ? -errno : result;
}

int32_t csockets_open(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}
