#define _GNU_SOURCE
#include "CLinux.h"
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void grepvine_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void grepvine_lower_thread_priority(void) {
    // On Linux each thread has a priority of its own.
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19);
}
