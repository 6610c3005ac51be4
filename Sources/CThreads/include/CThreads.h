// Locks, conditions and threads of the C library, behind functions: Swift sees neither their structures nor which of
// the platforms' ways of timing a wait is used.

#ifndef CTHREADS_H
#define CTHREADS_H

#include <stdbool.h>
#include <stdint.h>

/// A mutex with a condition of its own.
typedef struct CThreadsLock CThreadsLock;

/// A new lock.
CThreadsLock *_Nonnull cthreads_lock_create(void);
void cthreads_lock_destroy(CThreadsLock *_Nonnull lock);
void cthreads_lock_acquire(CThreadsLock *_Nonnull lock);
/// Takes the lock if nobody has it; false when somebody does.
bool cthreads_lock_try_acquire(CThreadsLock *_Nonnull lock);
void cthreads_lock_release(CThreadsLock *_Nonnull lock);
/// Waits for a wake; the lock is held before and after.
void cthreads_lock_wait(CThreadsLock *_Nonnull lock);
/// Waits for a wake until a time in nanoseconds of the monotonic clock; false when that has passed.
bool cthreads_lock_wait_until(CThreadsLock *_Nonnull lock, int64_t deadline);
void cthreads_lock_wake_all(CThreadsLock *_Nonnull lock);

/// A condition that is waited for with a lock held.
typedef struct CThreadsCondition CThreadsCondition;

/// A new condition.
CThreadsCondition *_Nonnull cthreads_condition_create(void);
void cthreads_condition_destroy(CThreadsCondition *_Nonnull condition);
/// Waits for a signal; the lock is held before and after.
void cthreads_condition_wait(CThreadsCondition *_Nonnull condition, CThreadsLock *_Nonnull lock);
/// Waits for a signal until a time in nanoseconds of the monotonic clock; false when that has passed.
bool cthreads_condition_wait_until(
    CThreadsCondition *_Nonnull condition, CThreadsLock *_Nonnull lock, int64_t deadline
);
/// Wakes one thread that waits.
void cthreads_condition_signal(CThreadsCondition *_Nonnull condition);

/// Starts a detached thread to which no signals of the process are given. False when the system could not.
bool cthreads_start(void (*_Nonnull body)(void *_Nullable), void *_Nullable argument);

/// A number that a thread carries with it, 0 unless it was set.
uint64_t cthreads_tag(void);
void cthreads_set_tag(uint64_t tag);

/// An address that a thread carries with it, none unless it was set.
void *_Nullable cthreads_context(void);
void cthreads_set_context(void *_Nullable context);

/// The present task of Swift's runtime, only to be compared; none outside tasks.
void *_Nullable cthreads_task(void);
/// Whether the present task was cancelled; false outside tasks.
bool cthreads_task_is_cancelled(void);

/// Has the processor bring lines of memory nearer, which takes effect while something else is done. The address may be any.
static inline __attribute__((always_inline)) void cthreads_fetch(uintptr_t address, int lines) {
    for (int line = 0; line < lines; line++) __builtin_prefetch((const void *)(address + 64 * (uintptr_t)line), 1, 2);
}
/// Has the processor bring a suspended task of Swift's runtime nearer.
static inline __attribute__((always_inline)) void cthreads_fetch_task(const void *_Nonnull task) {
    cthreads_fetch((uintptr_t)task, 4);
}
/// Has the processor bring nearer what a suspended task refers to, to be called when the task itself has come: the frame of the
/// function in which it is suspended, what it waits for, and the book-keeping of its frames.
///
/// The runtime does not tell where a task has these addresses. Should that change, something else in it is taken for them,
/// which is fetched in vain; nothing is read but the task.
static inline __attribute__((always_inline)) void cthreads_fetch_frame(const void *_Nonnull task) {
    const uintptr_t *words = (const uintptr_t *)task;
    cthreads_fetch(words[8], 6);
    cthreads_fetch(words[13] - 16, 2);
    cthreads_fetch(words[15], 1);
}

/// Nanoseconds of the monotonic clock that the waits follow.
int64_t cthreads_now(void);

#endif
