#include "CThreads.h"

// What Swift's own `Task.isCancelled` and `withUnsafeCurrentTask` call, which count a reference to the task around it. Both
// are part of the runtime's stable interface: compiled code calls them.
__attribute__((swiftcall)) extern void *swift_task_getCurrent(void);
__attribute__((swiftcall)) extern bool swift_task_isCancelled(void *task);

void *cthreads_task(void) { return swift_task_getCurrent(); }

bool cthreads_task_is_cancelled(void) {
    void *task = swift_task_getCurrent();
    return task && swift_task_isCancelled(task);
}
