// What a program needs that gets its sockets from another one, or gives them to another one.

#ifndef CSOCKETS_PROCESS_H
#define CSOCKETS_PROCESS_H

#include <stdint.h>

/// Starts a program with descriptors as its 3, 4, …, for which another program is the new one's parent.
///
/// The environment has a text of the form "LISTEN_PID=", with room for a number behind it, which becomes the process's.
/// No signal is blocked in the program, whatever thread calls this. Gives the process's number, or the negated errno,
/// also where the program could not be executed.
int32_t csockets_spawn(
    const char *path, char *const arguments[], char *const environment[], const int32_t *descriptors, int32_t count
);

/// Whether a child has ended: its number when it has, 0 when it has not, or a negated errno. Gives its status.
int32_t csockets_child_status(int32_t process, int32_t *status);

/// Ends a child at once, and waits for it.
void csockets_kill(int32_t process);

/// The environment, ended by null.
char **csockets_environment(void);

/// Takes a variable out of the environment, which no other thread may use at the same time.
void csockets_unset(const char *name);

/// Makes a directory that nobody but its owner may use: 0, or a negated errno.
int32_t csockets_make_directory(const char *path);

/// Removes a directory, if it is there and empty.
void csockets_remove_directory(const char *path);

/// Gives a file of a directory another name, by which alone everyone may use it: the directory can be passed, not read.
///
/// Gives 0, or a negated errno; the file is removed then.
int32_t csockets_hide_file(const char *directory, const char *from, const char *to);

/// Removes a file, if it is there.
void csockets_unlink(const char *path);

int32_t csockets_process_id(void);

#endif
