/* For programs that valgrind runs: libhwy, which comes with FFmpeg's JPEG XL, times the instruction rdtscp when it is
 * loaded, without asking whether the processor has it. Valgrind takes it only for one that says so, which those of some
 * virtual machines do not. This stands before that function, preloaded; nobody uses what it returns. Part of ./run
 * bench instructions. */
#include <stdint.h>

/* uint64_t hwy::platform::TimerResolution() */
__attribute__((visibility("default"))) uint64_t timer_resolution(void) __asm__("_ZN3hwy8platform15TimerResolutionEv");

uint64_t timer_resolution(void)
{
    return 1;
}
