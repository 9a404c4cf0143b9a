/* cuxas.h - the whole library in flow order: files -> spectrum and crystal -> prediction -> comparison -> report */
#ifndef CUXAS_H
#define CUXAS_H

#endif
