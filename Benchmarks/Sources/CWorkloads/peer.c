#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <time.h>

#ifdef __linux__
#include <sched.h>
#endif

enum { exit_usage = 64, exit_unavailable = 69 };

void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

void fail_because(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

// MARK: - The command line

static _Noreturn void usage(const char *problem, const char *argument) {
    fprintf(stderr,
            "%s: %s\n"
            "usage: PEER WORKLOAD --port P | --path FILE --operations N [--warmup W] [--mode blocking|timeout|tasks] [--cpu K]\n"
            "       c-peer serve --path FILE [--cpu K]\n",
            problem, argument);
    exit(exit_usage);
}

static int64_t number(const char *option, const char *text, int64_t low, int64_t high) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < low || value > high) usage("not a number in range", option);
    return value;
}

static void move_to_cpu(int cpu) {
#ifdef __linux__
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
#else
    (void)cpu;
    fail_because("--cpu works on Linux only");
#endif
}

PeerOptions peer_options(int argc, char **argv) {
    PeerOptions options = {.cpu = -1};
    if (argc < 2) usage("missing", "WORKLOAD");
    options.workload = argv[1];
    for (int i = 2; i < argc; i += 2) {
        const char *name = argv[i];
        if (i + 1 == argc) usage("needs a value", name);
        const char *value = argv[i + 1];
        if (strcmp(name, "--port") == 0) options.port = (uint16_t)number(name, value, 1, 65535);
        else if (strcmp(name, "--path") == 0) options.path = value;
        else if (strcmp(name, "--operations") == 0) options.operations = number(name, value, 1, INT32_MAX);
        else if (strcmp(name, "--warmup") == 0) options.warmup = number(name, value, 0, INT32_MAX);
        else if (strcmp(name, "--cpu") == 0) options.cpu = (int)number(name, value, 0, 1023);
        else if (strcmp(name, "--mode") != 0) usage("unknown option", name);
        else if (strcmp(value, "timeout") == 0) options.timeout_mode = true;
        else if (strcmp(value, "tasks") == 0) options.tasks_mode = true;
        else if (strcmp(value, "blocking") != 0) usage("unknown mode", value);
    }
    bool serving = strcmp(options.workload, "serve") == 0;
    if (serving && options.path == NULL) usage("missing", "--path");
    if (!serving && options.operations == 0) usage("missing", "--operations");
    if (options.cpu >= 0) move_to_cpu(options.cpu);
    return options;
}

const char *peer_mode(const PeerOptions *options) {
    return options->tasks_mode ? "tasks" : options->timeout_mode ? "timeout" : "blocking";
}

void peer_not_written(const PeerOptions *options) {
    fprintf(stderr, "not written yet: %s, %s\n", options->workload, peer_mode(options));
    exit(exit_unavailable);
}

// MARK: - The clock and the report

int64_t now_nanoseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) fail("clock_gettime");
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t cpu_nanoseconds(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) fail("getrusage");
    int64_t seconds = (int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
    int64_t microseconds = (int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    return seconds * 1000000000 + microseconds * 1000;
}

Stopwatch stopwatch_start(void) {
    Stopwatch started = {.cpu_nanoseconds = cpu_nanoseconds(), .wall_nanoseconds = now_nanoseconds()};
    return started;
}

void stopwatch_stop(Stopwatch *stopwatch) {
    stopwatch->wall_nanoseconds = now_nanoseconds() - stopwatch->wall_nanoseconds;
    stopwatch->cpu_nanoseconds = cpu_nanoseconds() - stopwatch->cpu_nanoseconds;
}

void peer_report(const PeerOptions *options, const Stopwatch *stopwatch, int64_t bytes) {
    int printed = printf("{\"workload\": \"%s\", \"mode\": \"%s\", \"operations\": %" PRId64 ", \"wallNanoseconds\": %" PRId64
                         ", \"cpuNanoseconds\": %" PRId64 ", \"bytes\": %" PRId64 "}\n",
                         options->workload, peer_mode(options), options->operations,
                         stopwatch->wall_nanoseconds, stopwatch->cpu_nanoseconds, bytes);
    if (printed < 0 || fflush(stdout) != 0) fail("stdout");
}

// MARK: - Sockets, for the client and the server

Address address_of(Service service, const PeerOptions *options) {
    Address address = {.length = sizeof(struct sockaddr_in)};
    if (service == service_unix_echo) {
        struct sockaddr_un *local = (struct sockaddr_un *)&address.storage;
        if (options->path == NULL || strlen(options->path) >= sizeof local->sun_path) fail_because("--path is missing or too long");
        local->sun_family = AF_UNIX;
        strcpy(local->sun_path, options->path);
        address.length = sizeof *local;
    } else {
        struct sockaddr_in *local = (struct sockaddr_in *)&address.storage;
        local->sin_family = AF_INET;
        local->sin_port = htons(options->port);
        local->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return address;
}

void set_option(int socket, int level, int option, const void *value, socklen_t length, const char *what) {
    if (setsockopt(socket, level, option, value, length) != 0) fail(what);
}

int open_socket(Service service, bool nonblocking) {
    int family = service == service_unix_echo ? AF_UNIX : AF_INET;
    int type = service == service_udp_echo ? SOCK_DGRAM : SOCK_STREAM;
#ifdef __linux__
    // One system call, as a good C program would: the count is what Swift is compared with.
    int opened = socket(family, type | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
    if (opened < 0) fail("socket");
#else
    int opened = socket(family, type, 0);
    if (opened < 0) fail("socket");
    if (nonblocking && fcntl(opened, F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
    int on = 1;
    set_option(opened, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on, "SO_NOSIGPIPE");
#endif
    return opened;
}
