/* machine.h - what the machine lets this process have. */
#ifndef INCLINE_UTIL_MACHINE_H
#define INCLINE_UTIL_MACHINE_H

#include <stdint.h>

/* Threads that can run at the same time: the processors that the process may use, where the system
 * tells, else those that are there; 1 at least. */
uint32_t machine_threads(void);

/* Bytes of memory; a gigabyte where the system does not tell. */
uint64_t machine_bytes(void);

#endif
