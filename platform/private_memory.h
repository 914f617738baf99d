#ifndef CALLAPI_PLATFORM_PRIVATE_MEMORY_H
#define CALLAPI_PLATFORM_PRIVATE_MEMORY_H

/* This process knows secrets: from now on a crash leaves no core dump, and other programs of its user do not read its
 * memory (PR_SET_DUMPABLE). Where the system has no such thing, nothing happens. */
void private_memory_begin(void);

#endif
