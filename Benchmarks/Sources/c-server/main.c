// An echo server with one thread and epoll: as little as there can be. Prints its port; ends when its input ends.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int queue;

static void watch(int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) != 0) exit(1);
}

static void answer(int socket) {
    static char buffer[4096];
    ssize_t received = recv(socket, buffer, sizeof buffer, 0);
    if (received > 0) {
        if (send(socket, buffer, (size_t)received, MSG_NOSIGNAL) != received) close(socket);
    } else if (received == 0 || errno != EAGAIN) {
        close(socket);
    }
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (void *)&address, length) != 0 || listen(listener, 4096) != 0) return 1;
    if (getsockname(listener, (void *)&address, &length) != 0) return 1;
    queue = epoll_create1(EPOLL_CLOEXEC);
    watch(STDIN_FILENO);
    watch(listener);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        struct epoll_event found[256];
        int count = epoll_wait(queue, found, 256, -1);
        for (int index = 0; index < count; index++) {
            int descriptor = found[index].data.fd;
            if (descriptor == STDIN_FILENO) return 0;
            if (descriptor != listener) {
                answer(descriptor);
                continue;
            }
            int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (accepted < 0) continue;
            int on = 1;
            (void)setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            watch(accepted);
        }
    }
}
