// What both peers share (the command line, the clock, the report), so that they differ only in the
// work that is measured; and the C side of that work.
#ifndef CWORKLOADS_H
#define CWORKLOADS_H

#include <stdbool.h>
#include <stdint.h>

/// What a peer was asked to do.
typedef struct PeerOptions {
    const char *workload;
    const char *path;  ///< of a Unix socket, or NULL
    uint16_t port;     ///< on 127.0.0.1, or 0
    bool timeout_mode; ///< every operation has a deadline of `peer_timeout_milliseconds`
    bool tasks_mode;   ///< an event queue says when to go on
    int64_t operations;
    int64_t warmup; ///< operations before the clock starts
    int cpu;        ///< to run on, or -1
} PeerOptions;

static const int64_t peer_message_size = 64;
/// A line with its LF.
static const int64_t peer_line_size = 40;
/// Long enough never to expire: what is measured is the price of having a deadline.
static const int64_t peer_timeout_milliseconds = 10000;

/// Reads the command line and moves the process to its CPU. Exits with 64 when it cannot be understood.
PeerOptions peer_options(int argc, char **argv);

/// The mode in the words of the command line.
const char *peer_mode(const PeerOptions *options);

/// Says that this peer does not have the workload, and exits with 69: `run` leaves it out.
_Noreturn void peer_not_written(const PeerOptions *options);

typedef struct Stopwatch {
    int64_t wall_nanoseconds;
    int64_t cpu_nanoseconds; ///< user and system, all threads of the process
} Stopwatch;

Stopwatch stopwatch_start(void);
void stopwatch_stop(Stopwatch *stopwatch);

/// Prints the one line of JSON that a peer owes `run`.
void peer_report(const PeerOptions *options, const Stopwatch *stopwatch, int64_t bytes);

/// Where the server of TLS has written its certificate and its key, beside the certificate that its clients trust.
const char *tls_identity_path(const char *authority);

/// What a process holds on to.
typedef struct Holdings {
    int64_t heap_bytes;     ///< allocated and not freed
    int64_t resident_bytes; ///< of memory that the process has for itself
} Holdings;

Holdings peer_holdings(void);

/// Prints the one line of JSON that a peer owes `run` whose connections are idle: with both ends, and with those of the
/// server alone.
void peer_report_holdings(const PeerOptions *options, const Holdings *both, const Holdings *servers);

/// The client side of `options->workload`, measured and reported.
void c_client(const PeerOptions *options);

/// The server side of every workload; prints where each is served and ends when stdin closes.
void c_serve(const PeerOptions *options);

/// Prints the port of a server, and has the process end when stdin closes.
void server_announce(uint16_t port);

#endif
