/* model_commands.h - the commands of cuxas-model, those that have a file of their own */
#ifndef CUXAS_CMD_MODEL_COMMANDS_H
#define CUXAS_CMD_MODEL_COMMANDS_H
#include "cmd/options.h"

extern const cuxas_command CUXAS_MODEL_TRAIN;     /* model_train.c */
extern const cuxas_command CUXAS_MODEL_PRETRAIN;  /* model_pretrain.c */
extern const cuxas_command CUXAS_MODEL_EVALUATE;  /* model_evaluate.c */
extern const cuxas_command CUXAS_MODEL_CALIBRATE; /* model_calibrate.c */

#endif
