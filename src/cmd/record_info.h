/* record_info.h - cuxas-refdb records info: what files of training records hold */
#ifndef CUXAS_CMD_RECORD_INFO_H
#define CUXAS_CMD_RECORD_INFO_H
#include "cmd/options.h"

/* cuxas_record_info() - a text table, or JSON, on stdout */
cuxas_status cuxas_record_info(const cuxas_options *options, cuxas_error *err);

#endif
