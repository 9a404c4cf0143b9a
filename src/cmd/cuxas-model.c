/* cuxas-model - makes models and says what they are worth: trained, judged, calibrated, joined, imported */
#include "cmd/model_commands.h"
#include "cmd/program.h"

static const cuxas_command *const COMMANDS[] = {
    &CUXAS_MODEL_INFO,     &CUXAS_MODEL_TRAIN, &CUXAS_MODEL_EVALUATE, &CUXAS_MODEL_CALIBRATE,
    &CUXAS_MODEL_PRETRAIN, &CUXAS_MODEL_JOIN,  &CUXAS_MODEL_IMPORT,   NULL,
};

static const cuxas_old_name OLD_NAMES[] = {
    {"cuxas-train", "train"},
    {"cuxas-pretrain", "pretrain"},
    {"cuxas-evaluate", "evaluate"},
    {"cuxas-calibrate", "calibrate"},
    {NULL, NULL},
};

static const cuxas_program PROGRAM = {
    "cuxas-model",
    "Makes models of simulated spectra, says what a model file holds, and how far predictions can be trusted.",
    COMMANDS,
    OLD_NAMES,
};

int main(int argc, char **argv)
{
  return cuxas_program_main(&PROGRAM, argc, argv);
}
