/* replay.h - running a report again from its own settings */
#ifndef CUXAS_CMD_REPLAY_H
#define CUXAS_CMD_REPLAY_H
#include "cmd/options.h"

/* cuxas_replay_settings() - takes every setting of the report that the command line does not give itself
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT a setting that this version does not know or does not allow. */
cuxas_status cuxas_replay_settings(cuxas_options *options, const cJSON *report, const char *path, cuxas_error *err);

/* cuxas_replay_measured() - path of the measured file; CUXAS_EFORMAT it was standard input, which cannot be read again */
cuxas_status cuxas_replay_measured(const cJSON *report, const char *path, const char **ret_measured, cuxas_error *err);

/* cuxas_replay_candidates() - the candidate arguments of the report
 *
 *   ret_argument  (ret_n_argument) the strings belong to the report, the array to the caller, who frees it */
cuxas_status cuxas_replay_candidates(const cJSON *report, const char *path, const char ***ret_argument,
                                     size_t *ret_n_argument, cuxas_error *err);

/* cuxas_replay_tell() - compares both reports and says on stdout whether every result is identical
 *
 * Returns  the exit code: CUXAS_EXIT_DONE when identical, else CUXAS_EXIT_FAILED. */
int cuxas_replay_tell(const cJSON *before, const cJSON *after, const char *path);

#endif
