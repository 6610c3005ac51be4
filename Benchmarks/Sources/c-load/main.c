// Asks an echo server over many connections at once: each has one question of 64 bytes on its way at a time.
//
//     c-load PORT CONNECTIONS
//
// Connects, asks once over each connection and prints "connected". Then, for each line with a number of questions: asks them
// and prints how long it took, the median and the 99th percentile of the latencies, all in nanoseconds. Ends when its input
// ends.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { size = 64 };

static char message[size];
static int connections, queue, *sockets;
static int64_t *asked;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int compare(const void *left, const void *right) {
    int64_t difference = *(const int64_t *)left - *(const int64_t *)right;
    return (difference > 0) - (difference < 0);
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void ask(int index) {
    asked[index] = now();
    if (send(sockets[index], message, size, MSG_NOSIGNAL) != size) fail("send");
}

static void open_connection(int index, int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    sockets[index] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sockets[index] < 0 || connect(sockets[index], (void *)&address, sizeof address) != 0) fail("connect");
    if (setsockopt(sockets[index], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("setsockopt");
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, sockets[index], &event) != 0) fail("epoll_ctl");
}

static void measure(long questions) {
    int64_t *latencies = calloc((size_t)questions, sizeof *latencies);
    long sent = 0, done = 0;
    int64_t begin = now();
    for (int index = 0; index < connections && sent < questions; index++, sent++) ask(index);
    while (done < questions) {
        struct epoll_event found[256];
        int events = epoll_wait(queue, found, 256, -1);
        for (int each = 0; each < events; each++) {
            int index = (int)found[each].data.u32;
            if (recv(sockets[index], message, size, 0) != size) fail("recv");
            latencies[done++] = now() - asked[index];
            if (sent >= questions) continue;
            sent++;
            ask(index);
        }
    }
    int64_t elapsed = now() - begin;
    qsort(latencies, (size_t)done, sizeof *latencies, compare);
    printf("%lld %lld %lld\n", (long long)elapsed, (long long)latencies[done / 2], (long long)latencies[done * 99 / 100]);
    fflush(stdout);
    free(latencies);
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    connections = atoi(arguments[2]);
    sockets = calloc((size_t)connections, sizeof *sockets);
    asked = calloc((size_t)connections, sizeof *asked);
    queue = epoll_create1(EPOLL_CLOEXEC);
    memset(message, 'x', sizeof message);
    for (int index = 0; index < connections; index++) open_connection(index, atoi(arguments[1]));
    // Each has been served once when everyone is said to be connected.
    for (int index = 0; index < connections; index++) {
        ask(index);
        if (recv(sockets[index], message, size, MSG_WAITALL) != size) fail("recv");
    }
    puts("connected");
    fflush(stdout);
    long questions;
    while (scanf("%ld", &questions) == 1) measure(questions);
    return 0;
}
