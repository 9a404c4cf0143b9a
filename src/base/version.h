/* version.h - which release of the library a program runs with */
#ifndef CUXAS_VERSION_H
#define CUXAS_VERSION_H

/* cuxas_version() - the release as text, "0.1.0", as it stands in reports; static storage, never NULL */
const char *cuxas_version(void);

#endif
