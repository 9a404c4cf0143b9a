/* page.h - what every page carries with it: style and script (page.css, page.js), and the policy that admits no other */
#ifndef CUXAS_REPORT_PAGE_H
#define CUXAS_REPORT_PAGE_H
#include <stdio.h>

/* page_begin() - everything up to <body>; the title is escaped here */
void page_begin(FILE *out, const char *title);

/* page_end() - the script, and the end of the document */
void page_end(FILE *out);

#endif
