// Messages with everything that can go with them, and what only descriptors that came from elsewhere need.

#ifndef CSOCKETS_MESSAGES_H
#define CSOCKETS_MESSAGES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// MARK: Descriptors

/// A copy of a descriptor that children do not inherit.
int32_t csockets_duplicate(int32_t fd);
/// Whether children inherit a descriptor: 1 or 0.
int32_t csockets_is_inheritable(int32_t fd);
/// Has children inherit a descriptor, or not.
int32_t csockets_set_inheritable(int32_t fd, int32_t inheritable);
/// Whether calls on a descriptor return at once in place of waiting: 1 or 0.
int32_t csockets_is_nonblocking(int32_t fd);
/// Has a socket from elsewhere raise no SIGPIPE, where that is a setting of the socket.
int32_t csockets_silence(int32_t fd);

// MARK: Messages

/// What goes with the bytes of a message.
typedef struct CSocketsMessage {
    /// The address, and the room for one or its size.
    void *address;
    uint32_t address_length;
    /// Control messages, and the room for them or their size.
    void *control;
    size_t control_length;
    /// How the system received the message.
    int32_t flags;
} CSocketsMessage;

/// sendmsg from one or more buffers.
ssize_t csockets_send_message(int32_t fd, const void *iovecs, size_t count, const CSocketsMessage *message, int32_t flags);
/// recvmsg into one or more buffers. Descriptors that come along are not inherited.
ssize_t csockets_receive_message(int32_t fd, const void *iovecs, size_t count, CSocketsMessage *message, int32_t flags);

// MARK: Control messages

static const int32_t csockets_control_alignment = 16;

/// The room that a control message with so many bytes takes.
size_t csockets_control_space(size_t count);
/// Writes a control message after others; gives the size of all of them, or a negated errno when there is no room.
int64_t csockets_control_append(
    void *buffer, size_t capacity, size_t used, int32_t level, int32_t type, const void *bytes, size_t count
);

/// Where a control message is.
typedef struct CSocketsControl {
    int32_t level;
    int32_t type;
    /// The bytes, from the start of the buffer.
    size_t offset;
    size_t count;
    /// Where the next one begins.
    size_t next;
} CSocketsControl;

/// Finds the control message at a place; gives 0 when there is none.
int32_t csockets_control_find(const void *buffer, size_t length, size_t place, CSocketsControl *found);

// MARK: Several datagrams

/// One of several datagrams.
typedef struct CSocketsDatagram {
    uint32_t size;
    uint32_t is_truncated;
    uint32_t address_length;
    uint32_t reserved;
    uint64_t address[16];
} CSocketsDatagram;

/// How many datagrams one call takes.
static const int32_t csockets_batch_max = 64;

/// Sends datagrams, of which each has its own stretch of memory. Gives how many were sent, at least one, or a negated errno
/// of the first.
int32_t csockets_send_batch(
    int32_t fd, const void *memory, size_t stride, const CSocketsDatagram *datagrams, int32_t count, int32_t flags
);
/// Receives as many datagrams as are there; waits, where the flags let it, for the first only.
int32_t csockets_receive_batch(
    int32_t fd, void *memory, size_t stride, CSocketsDatagram *datagrams, int32_t count, int32_t flags
);

// MARK: Groups

/// Joins or leaves a multicast group (RFC 3678), of one source only when that has a length.
int32_t csockets_group(
    int32_t fd, int32_t family, int32_t join, uint32_t interface, const void *group, uint32_t group_length,
    const void *source, uint32_t source_length
);
/// Chooses the interface by which multicast is sent.
int32_t csockets_multicast_interface(int32_t fd, int32_t family, uint32_t interface);

// MARK: Files

/// Sends from a file without copying, and without SIGPIPE. Gives how many bytes were taken, 0 at the file's end.
int64_t csockets_sendfile(int32_t fd, int32_t file, int64_t offset, size_t count);
/// Reads from a place of a file.
ssize_t csockets_pread(int32_t fd, void *buffer, size_t count, int64_t offset);
/// Opens a file for reading, which children do not inherit.
int32_t csockets_open(const char *path);

extern const int32_t csockets_SCM_RIGHTS;
extern const int32_t csockets_SCM_CREDENTIALS;
extern const int32_t csockets_SCM_TIMESTAMPNS;
extern const int32_t csockets_CONTROL_IP_TTL;

#endif
