#include "CLinux.h"
#include <pthread.h>

void grepvine_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
