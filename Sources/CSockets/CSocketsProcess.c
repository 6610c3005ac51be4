#include "CSocketsProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/// Writes a number at the end of a text that has room for it. Safe in a child of a program with threads.
static void append_number(char *text, int32_t number) {
    char digits[12];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text += strlen(text);
    while (count > 0) *text++ = digits[--count];
    *text = 0;
}

int32_t csockets_spawn(
    const char *path, char *const arguments[], char *const environment[], const int32_t *descriptors, int32_t count
) {
    // The child tells over it why it could not be executed; the end without a word is success.
    int failure[2];
#ifdef __linux__
    if (pipe2(failure, O_CLOEXEC) != 0) return -errno;
#else
    if (pipe(failure) != 0) return -errno;
    (void)fcntl(failure[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(failure[1], F_SETFD, FD_CLOEXEC);
#endif
    int *copies = calloc((size_t)count + 1, sizeof *copies);
    if (!copies) {
        close(failure[0]);
        close(failure[1]);
        return -ENOMEM;
    }
    pid_t child = fork();
    if (child == 0) {
        // From here on only what is safe in a child of a program with threads: no memory, no locks.
        int error = 0;
        // Above where they go, so that none is overwritten before it is copied.
        int report = fcntl(failure[1], F_DUPFD_CLOEXEC, 3 + count);
        if (report < 0) _exit(127);
        for (int32_t index = 0; index < count && !error; index++) {
            copies[index] = fcntl(descriptors[index], F_DUPFD_CLOEXEC, 3 + count);
            if (copies[index] < 0) error = errno;
        }
        // The copy at its place is one that the program inherits.
        for (int32_t index = 0; index < count && !error; index++) {
            if (dup2(copies[index], 3 + index) < 0) error = errno;
        }
        for (char *const *entry = environment; *entry; entry++) {
            if (strncmp(*entry, "LISTEN_PID=", 11) == 0) append_number(*entry, (int32_t)getpid());
        }
        if (!error) {
            // A thread that was started by a library has signals blocked, which the program would inherit.
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, NULL);
            execve(path, arguments, environment);
            error = errno;
        }
        ssize_t ignored = write(report, &error, sizeof error);
        (void)ignored;
        _exit(127);
    }
    int32_t result = child < 0 ? -errno : (int32_t)child;
    free(copies);
    close(failure[1]);
    if (child > 0) {
        int error = 0;
        ssize_t length;
        do {
            length = read(failure[0], &error, sizeof error);
        } while (length < 0 && errno == EINTR);
        if (length != 0) {
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
            result = length == (ssize_t)sizeof error ? -error : -ECHILD;
        }
    }
    close(failure[0]);
    return result;
}

int32_t csockets_child_status(int32_t process, int32_t *status) {
    int value = 0;
    pid_t result;
    do {
        result = waitpid(process, &value, WNOHANG);
    } while (result < 0 && errno == EINTR);
    *status = WIFSIGNALED(value) ? -WTERMSIG(value) : WEXITSTATUS(value);
    return result < 0 ? -errno : (int32_t)result;
}

void csockets_kill(int32_t process) {
    // Only a child that nobody has waited for is still this process.
    if (waitpid(process, NULL, WNOHANG) != 0) return;
    kill(process, SIGKILL);
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
}

char **csockets_environment(void) { return environ; }

void csockets_unset(const char *name) { unsetenv(name); }

int32_t csockets_make_directory(const char *path) { return mkdir(path, S_IRWXU) == 0 ? 0 : -errno; }

void csockets_remove_directory(const char *path) { rmdir(path); }

int32_t csockets_hide_file(const char *directory, const char *from, const char *to) {
    const mode_t all = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
    if (chmod(from, all) != 0 || rename(from, to) != 0 || chmod(directory, S_IRWXU | S_IXGRP | S_IXOTH) != 0) {
        int error = errno;
        unlink(from);
        return -error;
    }
    return 0;
}

void csockets_unlink(const char *path) { unlink(path); }

int32_t csockets_process_id(void) { return (int32_t)getpid(); }
