#include "CThreads.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

// Darwin: the clock that stops while the machine sleeps, as its waits do.
#ifdef __APPLE__
static const clockid_t monotonic = CLOCK_UPTIME_RAW;
#else
static const clockid_t monotonic = CLOCK_MONOTONIC;
#endif

struct CThreadsCondition {
    pthread_cond_t condition;
};

struct CThreadsLock {
    pthread_mutex_t mutex;
    CThreadsCondition condition;
};

int64_t cthreads_now(void) {
    struct timespec time;
    clock_gettime(monotonic, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void *allocate(size_t size) {
    void *memory = malloc(size);
    // As every allocation of the Swift language does when there is no memory.
    if (memory == NULL) abort();
    return memory;
}

static void initialize(CThreadsCondition *condition) {
#ifdef __APPLE__
    pthread_cond_init(&condition->condition, NULL);
#else
    // Changing the machine's time must not change a timeout.
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, monotonic);
    pthread_cond_init(&condition->condition, &attributes);
    pthread_condattr_destroy(&attributes);
#endif
}

CThreadsLock *cthreads_lock_create(void) {
    CThreadsLock *lock = allocate(sizeof *lock);
    pthread_mutex_init(&lock->mutex, NULL);
    initialize(&lock->condition);
    return lock;
}

void cthreads_lock_destroy(CThreadsLock *lock) {
    pthread_cond_destroy(&lock->condition.condition);
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

void cthreads_lock_acquire(CThreadsLock *lock) { pthread_mutex_lock(&lock->mutex); }
bool cthreads_lock_try_acquire(CThreadsLock *lock) { return pthread_mutex_trylock(&lock->mutex) == 0; }
void cthreads_lock_release(CThreadsLock *lock) { pthread_mutex_unlock(&lock->mutex); }
void cthreads_lock_wait(CThreadsLock *lock) { cthreads_condition_wait(&lock->condition, lock); }
void cthreads_lock_wake_all(CThreadsLock *lock) { pthread_cond_broadcast(&lock->condition.condition); }
bool cthreads_lock_wait_until(CThreadsLock *lock, int64_t deadline) {
    return cthreads_condition_wait_until(&lock->condition, lock, deadline);
}

CThreadsCondition *cthreads_condition_create(void) {
    CThreadsCondition *condition = allocate(sizeof *condition);
    initialize(condition);
    return condition;
}

void cthreads_condition_destroy(CThreadsCondition *condition) {
    pthread_cond_destroy(&condition->condition);
    free(condition);
}

void cthreads_condition_wait(CThreadsCondition *condition, CThreadsLock *lock) {
    pthread_cond_wait(&condition->condition, &lock->mutex);
}

void cthreads_condition_signal(CThreadsCondition *condition) { pthread_cond_signal(&condition->condition); }

bool cthreads_condition_wait_until(CThreadsCondition *condition, CThreadsLock *lock, int64_t deadline) {
#ifdef __APPLE__
    int64_t left = deadline - cthreads_now();
    if (deadline <= 0 || left <= 0) return false;
    struct timespec limit = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    return pthread_cond_timedwait_relative_np(&condition->condition, &lock->mutex, &limit) == 0;
#else
    if (deadline < 0) deadline = 0;
    struct timespec limit = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    return pthread_cond_timedwait(&condition->condition, &lock->mutex, &limit) == 0;
#endif
}

typedef struct Start {
    void (*body)(void *);
    void *argument;
} Start;

static void *run(void *argument) {
    Start start = *(Start *)argument;
    free(argument);
    start.body(start.argument);
    return NULL;
}

bool cthreads_start(void (*body)(void *), void *argument) {
    Start *start = malloc(sizeof *start);
    if (start == NULL) return false;
    *start = (Start){body, argument};
    // Signals are for the threads of the program: a new thread takes over the mask of the one that starts it.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_t thread;
    int result = pthread_create(&thread, NULL, run, start);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (result != 0) {
        free(start);
        return false;
    }
    pthread_detach(thread);
    return true;
}

static _Thread_local uint64_t current_tag = 0;
uint64_t cthreads_tag(void) { return current_tag; }
void cthreads_set_tag(uint64_t tag) { current_tag = tag; }

static _Thread_local void *current_context = NULL;
void *cthreads_context(void) { return current_context; }
void cthreads_set_context(void *context) { current_context = context; }
