/* Any table of numbers, with or without a header. */
#include "spectrum/formats.h"

static bool recognises(const cuxas_text *text)
{
  (void)text;
  return true;
}

static cuxas_status read_plain(cuxas_text *text, const cuxas_measured_options *options,
                               const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_table *ret_table,
                               cuxas_error *err)
{
  (void)options;
  const cuxas_status status = cuxas_table_read(text, ret_table, err);
  return status == CUXAS_OK ? cuxas_header_read(text, ret_table, vocabulary, info, err) : status;
}

const cuxas_text_format CUXAS_FORMAT_PLAIN = {"text", recognises, read_plain};
