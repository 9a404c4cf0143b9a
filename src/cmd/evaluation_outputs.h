/* evaluation_outputs.h - the page and the figures of cuxas-model evaluate */
#ifndef CUXAS_CMD_EVALUATION_OUTPUTS_H
#define CUXAS_CMD_EVALUATION_OUTPUTS_H
#include "evaluate/evaluation_report.h"
#include "cmd/options.h"

/* cuxas_evaluation_check_outputs() - would a file that exists stop us? Asked before the work starts; makes the folder */
cuxas_status cuxas_evaluation_check_outputs(const cuxas_options *options, cuxas_error *err);

/* cuxas_evaluation_write_outputs() - --html, and --figures as SVG and PNG */
cuxas_status cuxas_evaluation_write_outputs(const cuxas_options *options, const cuxas_evaluation_report *report,
                                            cuxas_error *err);

#endif
