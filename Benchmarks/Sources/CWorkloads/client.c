// The client side of each workload, as plain C would have it.

#include "internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct Client {
    const Workload *workload;
    Address address;
    unsigned char *buffer;
    bool timeout_mode;
    bool tasks_mode;
    int socket;
    int queue; ///< of events, or -1
    FILE *lines;
    char *line;
    size_t line_capacity;
};

static void ping(Client *);
static void bulk(Client *);
static void connection(Client *);
static void batch(Client *);
static void line(Client *);

const Workload workloads[] = {
    {"tcp-pingpong", service_tcp_echo, 64, ping, false},
    {"tcp-pingpong-counted", service_tcp_echo, 64, ping, false},
    {"tcp-bulk-64k", service_tcp_discard, 64 << 10, bulk, false},
    {"tcp-bulk-1m", service_tcp_discard, 1 << 20, bulk, false},
    {"tcp-lines", service_tcp_lines, 40, line, false},
    {"tcp-lines-lent-text", service_tcp_lines, 40, line, false},
    {"tcp-lines-text", service_tcp_lines, 40, line, false},
    {"tcp-connect", service_tcp_echo, 1, connection, true},
    {"unix-pingpong", service_unix_echo, 64, ping, false},
    {"udp-pingpong", service_udp_echo, 64, ping, false},
    {"tls-pingpong", service_tls_echo, 64, NULL, true},
    {"tls-bulk-64k", service_tls_discard, 64 << 10, NULL, true},
    {"tls-handshake", service_tls_echo, 1, NULL, true},
    {"tls-handshake-resumed", service_tls_echo, 1, NULL, true},
    {"tls-idle", service_tls_echo, 64, NULL, true},
    {"tls-idle-1.2", service_tls_echo, 64, NULL, true},
    {"tls-idle-released", service_tls_echo, 64, NULL, true},
    {"tls-idle-released-1.2", service_tls_echo, 64, NULL, true},
    {"dtls-pingpong", service_tls_echo, 64, NULL, true},
    {"dtls-handshake", service_tls_echo, 64, NULL, true},
    {"dtls-idle", service_tls_echo, 64, NULL, true},
    {"udp-batch-64", service_udp_echo, 64, batch, true},
};
const size_t workload_count = sizeof workloads / sizeof workloads[0];

// MARK: - Input and output: blocking, until a deadline, or as an event queue says

static int64_t deadline_of(const Client *client) {
    return client->timeout_mode ? now_nanoseconds() + peer_timeout_milliseconds * 1000000 : 0;
}

static void wait_until(int64_t deadline, int socket, short events) {
    for (;;) {
        struct pollfd wanted = {.fd = socket, .events = events};
        int64_t left = deadline - now_nanoseconds();
        int ready = poll(&wanted, 1, left > 0 ? (int)((left + 999999) / 1000000) : 0);
        if (ready > 0) return;
        if (ready == 0) fail_because("the deadline has passed");
        if (errno != EINTR) fail("poll");
    }
}

/// Registers the client's socket once, to be told of changes only: as an event loop in C would.
static void watch(Client *client) {
#ifdef __linux__
    if (client->queue < 0) client->queue = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event interest = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    if (client->queue < 0 || epoll_ctl(client->queue, EPOLL_CTL_ADD, client->socket, &interest) != 0) fail("epoll");
#else
    fail_because("tasks are compared on Linux only");
#endif
}

static void wait_for_event(const Client *client, short events) {
#ifdef __linux__
    uint32_t wanted = events == POLLIN ? EPOLLIN : EPOLLOUT;
    for (;;) {
        struct epoll_event found;
        int count = epoll_wait(client->queue, &found, 1, -1);
        if (count > 0 && (found.events & (wanted | EPOLLERR | EPOLLHUP))) return;
        if (count < 0 && errno != EINTR) fail("epoll_wait");
    }
#else
    (void)client, (void)events;
#endif
}

static int io_flags(const Client *client) {
    return MSG_NOSIGNAL | (client->timeout_mode || client->tasks_mode ? MSG_DONTWAIT : 0);
}

static void send_all(Client *client, size_t size) {
    int64_t deadline = deadline_of(client);
    size_t done = 0;
    while (done < size) {
        ssize_t sent = send(client->socket, client->buffer + done, size - done, io_flags(client));
        if (sent >= 0) done += (size_t)sent;
        else if (errno == EAGAIN && client->timeout_mode) wait_until(deadline, client->socket, POLLOUT);
        else if (errno == EAGAIN && client->tasks_mode) wait_for_event(client, POLLOUT);
        else if (errno != EINTR) fail("send");
    }
}

/// Waits before it tries: the answer to what was just sent is seldom there yet, and a failed try would be
/// a system call more than the wait itself.
static void receive_exactly(Client *client, size_t size) {
    int64_t deadline = deadline_of(client);
    size_t done = 0;
    while (done < size) {
        if (client->timeout_mode) wait_until(deadline, client->socket, POLLIN);
        if (client->tasks_mode) wait_for_event(client, POLLIN);
        ssize_t received = recv(client->socket, client->buffer + done, size - done, io_flags(client));
        if (received > 0) done += (size_t)received;
        else if (received == 0) fail_because("recv: the server has closed");
        else if (errno != EINTR && errno != EAGAIN) fail("recv");
    }
}

static void open_connection(Client *client) {
    Service service = client->workload->service;
    client->socket = open_socket(service, client->timeout_mode || client->tasks_mode);
    if (service == service_tcp_echo || service == service_tcp_discard) {
        int on = 1;
        set_option(client->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on, "TCP_NODELAY");
    }
    int64_t deadline = deadline_of(client);
    int result = connect(client->socket, (struct sockaddr *)&client->address.storage, client->address.length);
    if (result != 0 && errno != EINPROGRESS) fail("connect");
    if (client->tasks_mode) watch(client);
    if (result == 0) return;
    if (client->tasks_mode) wait_for_event(client, POLLOUT);
    else wait_until(deadline, client->socket, POLLOUT);
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(client->socket, SOL_SOCKET, SO_ERROR, &error, &length) != 0) fail("SO_ERROR");
    if (error != 0) {
        errno = error;
        fail("connect");
    }
}

// MARK: - One operation each

static void ping(Client *client) {
    send_all(client, client->workload->size);
    receive_exactly(client, client->workload->size);
}

static void bulk(Client *client) {
    send_all(client, client->workload->size);
}

static void connection(Client *client) {
    open_connection(client);
    send_all(client, 1);
    receive_exactly(client, 1);
    // A reset instead of TIME_WAIT: thousands of these must not run out of ports.
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    set_option(client->socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset, "SO_LINGER");
    if (close(client->socket) != 0) fail("close");
}

/// 64 datagrams to itself and back, with a call for all of them where there is one.
static void batch(Client *client) {
#ifdef __linux__
    enum { count = 64, size = 64 };
    static unsigned char memory[count][size];
    static struct mmsghdr messages[count];
    static struct iovec vectors[count];
    static struct sockaddr_in senders[count];
    if (client->socket <= 0) {
        client->socket = open_socket(service_udp_echo, client->timeout_mode);
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof own;
        if (bind(client->socket, (struct sockaddr *)&own, length) != 0) fail("bind");
        if (getsockname(client->socket, (struct sockaddr *)&own, &length) != 0) fail("getsockname");
        if (connect(client->socket, (struct sockaddr *)&own, length) != 0) fail("connect");
    }
    for (int index = 0; index < count; index++) {
        memcpy(memory[index], client->buffer, size);
        vectors[index] = (struct iovec){.iov_base = memory[index], .iov_len = size};
        messages[index].msg_hdr = (struct msghdr){.msg_iov = &vectors[index], .msg_iovlen = 1};
    }
    int64_t deadline = deadline_of(client);
    if (sendmmsg(client->socket, messages, count, io_flags(client)) != count) fail("sendmmsg");
    for (int index = 0; index < count; index++) {
        messages[index].msg_hdr.msg_name = &senders[index];
        messages[index].msg_hdr.msg_namelen = sizeof senders[index];
    }
    if (client->timeout_mode) wait_until(deadline, client->socket, POLLIN);
    if (recvmmsg(client->socket, messages, count, io_flags(client) | MSG_WAITFORONE, NULL) != count) fail("recvmmsg");
#else
    (void)client;
    fail_because("batches are compared on Linux only");
#endif
}

/// The C library's own way to read lines, which has no deadline.
static void line(Client *client) {
    if (client->lines == NULL) client->lines = fdopen(client->socket, "r");
    if (client->lines == NULL || getline(&client->line, &client->line_capacity, client->lines) != peer_line_size) fail("getline");
}

/// Until the server has read everything: bytes in the socket's buffer are not work done.
static void drain(Client *client) {
    if (shutdown(client->socket, SHUT_WR) != 0) fail("shutdown");
    if (client->timeout_mode) wait_until(deadline_of(client), client->socket, POLLIN);
    if (client->tasks_mode) wait_for_event(client, POLLIN);
    if (recv(client->socket, client->buffer, 1, 0) != 0) fail_because("the server did not just close");
}

// MARK: - The measurement

void c_client(const PeerOptions *options) {
    const Workload *workload = NULL;
    for (size_t i = 0; i < workload_count; i++)
        if (strcmp(workloads[i].name, options->workload) == 0) workload = &workloads[i];
    if (workload == NULL) peer_not_written(options);
    if (workload->service == service_tcp_lines && (options->timeout_mode || options->tasks_mode)) peer_not_written(options);
    if (strncmp(workload->name, "dtls-", 5) == 0) peer_not_written(options);
    if (strncmp(workload->name, "tls-idle", 8) == 0) return c_idle_client(options);
    if (workload->operation == NULL) return c_tls_client(options, workload);

    Client client = {
        .workload = workload,
        .address = address_of(workload->service, options),
        .buffer = malloc(workload->size),
        .timeout_mode = options->timeout_mode,
        .tasks_mode = options->tasks_mode,
        .queue = -1,
    };
    if (client.buffer == NULL) fail("malloc");
    memset(client.buffer, 'x', workload->size);
    if (!workload->opens_its_own) open_connection(&client);

    for (int64_t i = 0; i < options->warmup; i++) workload->operation(&client);
    Stopwatch stopwatch = stopwatch_start();
    for (int64_t i = 0; i < options->operations; i++) workload->operation(&client);
    if (workload->service == service_tcp_discard) drain(&client);
    stopwatch_stop(&stopwatch);

    if (!workload->opens_its_own && close(client.socket) != 0) fail("close");
    free(client.buffer);
    peer_report(options, &stopwatch, options->operations * (int64_t)workload->size);
}
