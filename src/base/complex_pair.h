/* complex_pair.h - CMPLX() and CMPLXF() of C11, which glibc's <complex.h> keeps from clang */
#ifndef CUXAS_COMPLEX_PAIR_H
#define CUXAS_COMPLEX_PAIR_H

#include <complex.h>

#ifndef CMPLX
#define CMPLX(real, imaginary) __builtin_complex((double)(real), (double)(imaginary))
#endif
#ifndef CMPLXF
#define CMPLXF(real, imaginary) __builtin_complex((float)(real), (float)(imaginary))
#endif

#endif
