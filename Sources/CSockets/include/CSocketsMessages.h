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

extern const int32_t csockets_SCM_RIGHTS;
extern const int32_t csockets_SCM_CREDENTIALS;
extern const int32_t csockets_SCM_TIMESTAMPNS;
extern const int32_t csockets_CONTROL_IP_TTL;

#endif
