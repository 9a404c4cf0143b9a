/* compounds.c - the validation compounds: from the manifest of the bundled data, or from two folders by file name */
#include "cmd/compounds.h"
#include "cmd/paths.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cuxas_compounds_free(cuxas_compounds *compounds)
{
  for (size_t i = 0; i < compounds->n_compound; i++) {
    cuxas_compound *compound = &compounds->compound[i];
    free(compound->name);
    free(compound->structure);
    free(compound->spectrum);
    free(compound->status);
  }
  free(compounds->compound);
  *compounds = (cuxas_compounds){0};
}

/* Cuts a CSV line into fields in place (RFC 4180, one line a record); returns their number, at most n_max. */
static size_t cut_fields(char *line, char **ret_field, size_t n_max)
{
  size_t n = 0;
  for (char *in = line; n < n_max;) {
    char *out            = in;
    ret_field[n++]       = out;
    const bool is_quoted = *in == '"';
    if (is_quoted) in++;
    while (*in != '\0' && (is_quoted || *in != ',')) {
      if (is_quoted && *in == '"') {
        if (in[1] != '"') break;
        in++;
      }
      *out++ = *in++;
    }
    while (*in != '\0' && *in != ',') in++; /* from the closing quote to the delimiter */
    const bool is_last = *in == '\0';
    in++;
    *out = '\0';
    if (is_last) break;
  }
  return n;
}

enum { MAX_FIELD = 32 };
enum { NAME, STRUCTURE, SPECTRUM, STATUS, N_COLUMN };

static cuxas_status find_columns(cuxas_text *text, size_t ret_column[N_COLUMN], size_t *ret_n_field, cuxas_error *err)
{
  static const char *const COLUMN[N_COLUMN] = {"name", "structure", "spectrum", "status"};
  char                    *field[MAX_FIELD];

  *ret_n_field = text->n_line > 0 ? cut_fields(text->line[0], field, MAX_FIELD) : 0;
  for (size_t k = 0; k < N_COLUMN; k++) {
    size_t i = 0;
    while (i < *ret_n_field && strcmp(field[i], COLUMN[k]) != 0) i++;
    if (i == *ret_n_field) return cuxas_fail(err, CUXAS_EFORMAT, "%s:1: no column \"%s\"", text->path, COLUMN[k]);
    ret_column[k] = i;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_compounds_read(const char *path, cuxas_compounds *ret_compounds, cuxas_error *err)
{
  cuxas_compounds *compounds = ret_compounds;
  cuxas_text       text      = {0};
  size_t           column[N_COLUMN], n_field;
  char            *field[MAX_FIELD];
  cuxas_status     status;

  *compounds         = (cuxas_compounds){0};
  char       *folder = cuxas_copy_string(path);
  char *const slash  = folder != NULL ? strrchr(folder, '/') : NULL;
  if (folder == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  strcpy(slash != NULL ? slash : folder, slash != NULL ? "" : ".");
  if ((status = cuxas_text_read(path, &text, err)) != CUXAS_OK ||
      (status = find_columns(&text, column, &n_field, err)) != CUXAS_OK)
    goto done;
  compounds->compound = cuxas_new_array(text.n_line, sizeof *compounds->compound);
  if (compounds->compound == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  for (size_t i = 1; i < text.n_line && status == CUXAS_OK; i++) {
    if (text.line[i][0] == '\0') continue;
    if (cut_fields(text.line[i], field, MAX_FIELD) != n_field) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: not the number of fields that the header has", path, i + 1);
      break;
    }
    cuxas_compound *compound = &compounds->compound[compounds->n_compound++];
    const bool      has      = field[column[SPECTRUM]][0] != '\0';
    compound->name           = cuxas_copy_string(field[column[NAME]]);
    compound->structure      = cuxas_path_stem(field[column[STRUCTURE]]);
    compound->spectrum       = has ? cuxas_path_join(folder, field[column[SPECTRUM]], NULL) : NULL;
    compound->status         = cuxas_copy_string(field[column[STATUS]]);
    if (compound->name == NULL || compound->structure == NULL || (has && compound->spectrum == NULL) ||
        compound->status == NULL)
      status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  }
done:
  cuxas_text_free(&text);
  free(folder);
  return status;
}

cuxas_status cuxas_compounds_pair(const cuxas_catalog *structures, const char *spectra_folder,
                                  cuxas_compounds *ret_compounds, cuxas_error *err)
{
  static const char *const SUFFIX[]  = {"csv", "tsv", "txt", "dat", "xdi", "xy"};
  cuxas_compounds         *compounds = ret_compounds;

  *compounds          = (cuxas_compounds){0};
  compounds->compound = cuxas_new_array(structures->n_candidate, sizeof *compounds->compound);
  if (compounds->compound == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory");
  for (size_t i = 0; i < structures->n_candidate; i++) {
    const cuxas_candidate *candidate = &structures->candidate[i];
    if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    cuxas_compound *compound = &compounds->compound[compounds->n_compound++];
    compound->name           = cuxas_copy_string(candidate->name);
    compound->structure      = cuxas_copy_string(candidate->name);
    compound->status         = cuxas_copy_string("");
    for (size_t k = 0; k < sizeof SUFFIX / sizeof *SUFFIX && compound->spectrum == NULL; k++) {
      char *path = cuxas_path_join(spectra_folder, candidate->name, SUFFIX[k]);
      if (path != NULL && access(path, F_OK) == 0)
        compound->spectrum = path;
      else
        free(path);
    }
    if (compound->name == NULL || compound->structure == NULL || compound->status == NULL)
      return cuxas_fail(err, CUXAS_ENOMEM, "no memory");
  }
  return CUXAS_OK;
}
