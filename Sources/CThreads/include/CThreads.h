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

/// Nanoseconds of the monotonic clock that the waits follow.
int64_t cthreads_now(void);

#endif
