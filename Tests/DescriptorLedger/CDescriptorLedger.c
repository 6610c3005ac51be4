#include "CDescriptorLedger.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const int descriptor_ledger_is_linked = 1;

enum { most = 4096, longest = 64 };

static char file[4096];
static pid_t owner;
/// What each number was at the beginning; empty for what was not open.
static char before[most][longest];

/// Calls `visit` with each open descriptor and what it is, in the words of /proc.
static void list(void (*visit)(int number, const char *target, FILE *out), FILE *out) {
    DIR *directory = opendir("/proc/self/fd");
    if (!directory) return;
    for (struct dirent *entry; (entry = readdir(directory));) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (*end || end == entry->d_name || number == dirfd(directory) || number >= most) continue;
        char path[64], target[longest];
        snprintf(path, sizeof path, "/proc/self/fd/%ld", number);
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length < 0) continue;
        target[length] = 0;
        visit((int)number, target, out);
    }
    closedir(directory);
}

static void remember(int number, const char *target, FILE *out) {
    (void)out;
    strcpy(before[number], target);
}

static int left, queues;

static void compare(int number, const char *target, FILE *out) {
    if (strcmp(before[number], target) == 0) return;
    if (strstr(target, "[eventpoll]")) queues++;
    if (strncmp(target, "socket:", 7) != 0 && strncmp(target, "pipe:", 5) != 0) return;
    left++;
    if (out) fprintf(out, "%d is still open: %s\n", number, target);
}

static void end(void) {
    if (getpid() != owner) return;
    // Threads that were told to end may be about to: what is left after a while is left for good.
    for (int round = 0; round < 300; round++) {
        left = queues = 0;
        list(compare, NULL);
        if (left == 0) break;
        usleep(10000);
    }
    FILE *out = fopen(file, "a");
    if (!out) return;
    left = queues = 0;
    list(compare, out);
    fprintf(out, "%d sockets and pipes are left, and %d event queues\n", left, queues);
    fclose(out);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SWIFT_TRANSPORT_DESCRIPTORS");
    if (!path || !*path || strlen(path) >= sizeof file) return;
    strcpy(file, path);
    // Children are processes with an account of their own, or end in the middle on purpose.
    unsetenv("SWIFT_TRANSPORT_DESCRIPTORS");
    owner = getpid();
    list(remember, NULL);
    atexit(end);
}
