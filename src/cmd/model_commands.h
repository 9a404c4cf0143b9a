/* model_commands.h - the commands of cuxas-model, each in a file of its own or with its kin */
#ifndef CUXAS_CMD_MODEL_COMMANDS_H
#define CUXAS_CMD_MODEL_COMMANDS_H
#include "cmd/options.h"

extern const cuxas_command CUXAS_MODEL_INFO, CUXAS_MODEL_IMPORT, CUXAS_MODEL_JOIN; /* model_files.c */
extern const cuxas_command CUXAS_MODEL_TRAIN;                                      /* model_train.c */
extern const cuxas_command CUXAS_MODEL_PRETRAIN;                                   /* model_pretrain.c */
extern const cuxas_command CUXAS_MODEL_EVALUATE;                                   /* model_evaluate.c */
extern const cuxas_command CUXAS_MODEL_CALIBRATE;                                  /* model_calibrate.c */

#endif
