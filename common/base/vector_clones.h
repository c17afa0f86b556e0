// common/base/vector_clones.h: lets a loop use the vector units of the CPU it runs on, although
// the build targets any x86-64. Layer 0. Sources that use it are compiled with -O3 (the loops must
// be vectorised) and -ffp-contract=off (every clone must round alike).
#pragma once

// Clang 14 does not know arch= in this attribute. The function that picks a clone runs before the
// thread sanitizer does, which then ends the program.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define CHANGELING_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CHANGELING_VECTOR_CLONES
#endif
