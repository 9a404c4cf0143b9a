/* checkpoint_priv.h - finished networks in a folder, so that a training that was killed goes on where it was
 *
 * A network's file is called after the SHA-256 of all that decides it: examples and settings. So a file is used exactly
 * when training anew would give the same network, whatever the run; it appears whole or not at all. */
#ifndef CUXAS_CHECKPOINT_PRIV_H
#define CUXAS_CHECKPOINT_PRIV_H
#include "learn/train.h"

/* cuxas_checkpoint_path() - FOLDER/HASH.net, the folder is made; the caller frees *ret_path
 *
 * Returns  CUXAS_OK; CUXAS_EIO the folder cannot be made; CUXAS_ENOMEM. */
cuxas_status cuxas_checkpoint_path(const cuxas_examples *examples, const cuxas_train_settings *settings,
                                   char **ret_path, cuxas_error *err);

/* cuxas_checkpoint_read() - true: there is such a network, it is in *ret_net and *ret_result. A file that is damaged
 * counts as none */
bool cuxas_checkpoint_read(const char *path, const cuxas_examples *examples, const cuxas_train_settings *settings,
                           cuxas_dense **ret_net, cuxas_train_result *ret_result);

/* cuxas_checkpoint_write() - CUXAS_OK, CUXAS_EIO, CUXAS_ENOMEM */
cuxas_status cuxas_checkpoint_write(const char *path, const cuxas_dense *net, const cuxas_train_result *result,
                                    cuxas_error *err);

#endif
