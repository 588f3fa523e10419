/* machine.c - what the system tells of processors and memory. */
#define _GNU_SOURCE 1 /* sched_getaffinity() */
#include "host/util/machine.h"

#include <sched.h>
#include <unistd.h>

uint32_t machine_threads(void)
{
#ifdef CPU_COUNT
    cpu_set_t allowed; /* too small for a machine of more than CPU_SETSIZE processors */
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return (uint32_t)CPU_COUNT(&allowed);
#endif
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 1 ? (uint32_t)online : 1;
}

uint64_t machine_bytes(void)
{
#ifdef _SC_PHYS_PAGES
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        return (uint64_t)pages * (uint64_t)page;
#endif
    return (uint64_t)1 << 30;
}
