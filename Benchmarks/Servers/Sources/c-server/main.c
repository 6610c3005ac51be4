// An echo server with one thread and epoll: as little as there can be. Prints its port.

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

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (void *)&address, length) || listen(listener, 4096)) return 1;
    getsockname(listener, (void *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int queue = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
    static char buffer[4096];
    for (;;) {
        struct epoll_event found[256];
        int count = epoll_wait(queue, found, 256, -1);
        for (int index = 0; index < count; index++) {
            int socket = found[index].data.fd;
            if (socket == listener) {
                int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (accepted < 0) continue;
                int on = 1;
                setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event = (struct epoll_event){.events = EPOLLIN, .data.fd = accepted};
                epoll_ctl(queue, EPOLL_CTL_ADD, accepted, &event);
                continue;
            }
            ssize_t received = recv(socket, buffer, sizeof buffer, 0);
            if (received > 0) {
                if (send(socket, buffer, (size_t)received, MSG_NOSIGNAL) < 0) close(socket);
            } else if (received == 0 || errno != EAGAIN) {
                close(socket);
            }
        }
    }
}
