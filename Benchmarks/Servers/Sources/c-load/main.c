// Asks an echo server over many connections at once: each has one question of 64 bytes on its way at a time.
//
//     c-load PORT CONNECTIONS QUESTIONS
//
// Connects, prints "connected", waits for a line, asks, prints how long it took and the latency of the slowest percent in
// nanoseconds, waits for a line, ends. Half of the questions are not measured by anybody but warm everything up.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { size = 64 };

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int compare(const void *left, const void *right) {
    int64_t difference = *(const int64_t *)left - *(const int64_t *)right;
    return (difference > 0) - (difference < 0);
}

int main(int count, char **arguments) {
    if (count != 4) return 64;
    int port = atoi(arguments[1]), connections = atoi(arguments[2]);
    long questions = atol(arguments[3]);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int *sockets = calloc((size_t)connections, sizeof *sockets);
    int64_t *asked = calloc((size_t)connections, sizeof *asked);
    int64_t *latencies = calloc((size_t)questions + (size_t)connections, sizeof *latencies);
    int queue = epoll_create1(EPOLL_CLOEXEC);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int index = 0; index < connections; index++) {
        sockets[index] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int on = 1;
        if (sockets[index] < 0 || connect(sockets[index], (void *)&address, sizeof address)) {
            perror("connect");
            return 1;
        }
        setsockopt(sockets[index], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
        epoll_ctl(queue, EPOLL_CTL_ADD, sockets[index], &event);
    }
    // Each has been served once when everyone is said to be connected.
    char message[size];
    memset(message, 'x', sizeof message);
    for (int index = 0; index < connections; index++) {
        if (send(sockets[index], message, size, 0) != size || recv(sockets[index], message, size, MSG_WAITALL) != size)
            return 1;
    }
    puts("connected");
    fflush(stdout);
    if (getchar() == EOF) return 0;
    long sent = 0, done = 0;
    int64_t begin = now();
    for (int index = 0; index < connections && sent < questions; index++, sent++) {
        asked[index] = now();
        if (send(sockets[index], message, size, 0) != size) return 1;
    }
    while (done < questions) {
        struct epoll_event found[256];
        int events = epoll_wait(queue, found, 256, -1);
        for (int each = 0; each < events; each++) {
            uint32_t index = found[each].data.u32;
            if (recv(sockets[index], message, size, 0) != size) return 1;
            int64_t time = now();
            latencies[done++] = time - asked[index];
            if (sent >= questions) continue;
            asked[index] = time;
            sent++;
            if (send(sockets[index], message, size, 0) != size) return 1;
        }
    }
    int64_t elapsed = now() - begin;
    qsort(latencies, (size_t)done, sizeof *latencies, compare);
    printf("%lld %lld\n", (long long)elapsed, (long long)latencies[done * 99 / 100]);
    fflush(stdout);
    (void)getchar();
    (void)getchar();
    return 0;
}
