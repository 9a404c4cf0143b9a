/* settings.h - option values from a JSON object: the settings of a report, or a configuration file of the same form */
#ifndef CUXAS_CMD_SETTINGS_H
#define CUXAS_CMD_SETTINGS_H
#include "cmd/options.h"

/* cuxas_settings_take() - gives every option that the object names and the command line does not give itself its value
 *
 *   settings  {"name": value, ...} as cuxas_options_settings(); null leaves an option alone; "candidates", which reports
 *             have among their settings, is passed over
 *   where     start of messages
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT an option that there is not, or a value that it may not have. */
cuxas_status cuxas_settings_take(cuxas_options *options, const cJSON *settings, const char *where, cuxas_error *err);

/* cuxas_settings_configure() - reads the file of --config, where one is given: such an object, or a document with one as its
 * member "settings"
 *
 * Returns  CUXAS_OK, also without a file; CUXAS_EIO; CUXAS_EFORMAT; CUXAS_ENOMEM. */
cuxas_status cuxas_settings_configure(cuxas_options *options, cuxas_error *err);

#endif
