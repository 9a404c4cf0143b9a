/* clones.h - functions compiled for several x86 instruction sets, the best one chosen when the program starts
 *
 * Debian's baseline has two doubles to a register and no fused multiply-add, recent processors eight and one. */
#ifndef CUXAS_CLONES_H
#define CUXAS_CLONES_H
#include <limits.h> /* says that it is glibc's: whether clones are possible must not depend on what was included before */

/* CUXAS_HAS_CLONES - whether that is possible; coverage is measured of one of them, with -DCUXAS_ONE_PROCESSOR */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(CUXAS_ONE_PROCESSOR)
#define CUXAS_HAS_CLONES 1
#else
#define CUXAS_HAS_CLONES 0
#endif

/* CUXAS_STATIC_CLONES(set, ..., "default") - of a static function */
#if CUXAS_HAS_CLONES
#define CUXAS_STATIC_CLONES(...) __attribute__((target_clones(__VA_ARGS__)))
#else
#define CUXAS_STATIC_CLONES(...)
#endif

/* CUXAS_CLONES(set, ..., "default") - of any: clang names clones in a way that other files' calls do not find */
#if defined(__clang__)
#define CUXAS_CLONES(...)
#else
#define CUXAS_CLONES(...) CUXAS_STATIC_CLONES(__VA_ARGS__)
#endif

#endif
