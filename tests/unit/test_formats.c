/* Tests of all formats at once: recognised by content, and damaged at random without crash or leak. */
#include "hdf5_make.h"
#include "reading.h"

#include <zlib.h>

typedef struct {
  const char            *format;
  cuxas_measured_options how;
  char                  *bytes;
  size_t                 n_byte;
} sample;

enum { N_TEXT = 6 };

static const sample TEXTS[N_TEXT] = {
    {"text", {0}, "energy (eV),mu,i0\n930,0.5,1\n931,1.5,1\n932,1.0,1\n", 0},
    {"xdi",
     {0},
     "# XDI/1.0 A/1\n# Element.symbol: Cu\n# Element.edge: L3\n# Column.1: energy eV\n# Column.2: mu\n# ///\n# x\n"
     "# ---\n# energy mu\n930 0.5\n931 1.5\n932 1.0\n",
     0},
    {"msa",
     {0},
     "#FORMAT      : EMSA/MAS Spectral Data File\n#NPOINTS     : 3.\n#XUNITS      : eV\n#DATATYPE    : Y\n"
     "#XPERCHAN    : 1\n#OFFSET      : 930.0\n#CHOFFSET : 0\n#SPECTRUM    :\n0.5, 1.5\n1.0\n#ENDOFDATA   :\n",
     0},
    {"msa",
     {0},
     "#FORMAT      : EMSA/MAS Spectral Data File\n#NPOINTS     : 3.\n#XUNITS      : eV\n#DATATYPE    : XY\n"
     "#SPECTRUM    :\n930 0.5, 931 1.5\n932 1.0\n#ENDOFDATA   :\n",
     0},
    {"spec",
     {.scan = "2", .signal_column = "TEY"},
     "#F x\n#S 1 ascan\n#N 2\n#L energy  TEY\n930 1\n931 2\n\n#S 2 ascan\n#N 3\n#L energy  I0  TEY\n@A 1 2\\\n3\n930 1 "
     "0.5\n931 1 1.5\n932 1 1.0\n",
     0},
    {"athena",
     {.scan = "CuO"},
     "# Athena project file -- Demeter version 0.9.26\n\n$old_group = 'a';\n@args = ('label','CuO','bkg_z','Cu',"
     "'bkg_eshift','0');\n@x = ('930','931','932');\n@y = (0.5,1.5,'1.0');\n@i0 = ('1','1','1');\n[record]\n\n1;\n",
     0},
};

/* Reads a damaged copy; nothing but a crash, a leak or a wrong message is a failure. */
static void read_damaged(const sample *from, char *bytes, size_t n_byte)
{
  char *exact = malloc(n_byte > 0 ? n_byte : 1); /* of exactly this size, so that reading beyond it is seen */
  memcpy(exact, bytes, n_byte);
  reading result = read_memory("scan", exact, n_byte, &from->how);
  if (result.status != CUXAS_OK) {
    CHECK(strncmp(result.err.message, "scan", 4) == 0);
    CHECK(result.spectrum == NULL && result.info == NULL);
  } else {
    char *text = cuxas_measured_describe(result.info);
    CHECK(text != NULL && result.spectrum->n_point >= 2);
    for (size_t i = 0; i < result.spectrum->n_point; i++)
      CHECK(isfinite(result.spectrum->mu[i]) && result.spectrum->energy_eV[i] > 0);
    free(text);
  }
  end_reading(&result);
  free(exact);
}

static unsigned draw(uint64_t *state, size_t n)
{
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)((*state >> 33) % n);
}

/* A few bytes changed, doubled, moved or taken away; text mostly gets signs that mean something. */
static size_t damage(char *bytes, size_t n_byte, size_t n_room, bool is_text, uint64_t *state)
{
  static const char SIGNS[] = "#@'\"(),;:.\\ \t\n\r-+eE0123456789S";
  for (unsigned k = draw(state, 4) + 1; k > 0 && n_byte > 8; k--) {
    const size_t at = draw(state, n_byte), n_left = n_byte - at, n = 1 + draw(state, n_left < 24 ? n_left : 24);
    switch (draw(state, 5)) {
    case 0: bytes[at] = is_text ? SIGNS[draw(state, sizeof SIGNS - 1)] : (char)draw(state, 256); break;
    case 1: bytes[at] ^= (char)(1 << draw(state, 8)); break;
    case 2: /* take away */
      memmove(bytes + at, bytes + at + n, n_left - n);
      n_byte -= n;
      break;
    case 3: /* double */
      if (n_byte + n > n_room) break;
      memmove(bytes + at + n, bytes + at, n_left);
      n_byte += n;
      break;
    case 4:
      if (draw(state, 4) == 0) n_byte = at + 1;
      break;
    }
  }
  return n_byte;
}

static void damage_often(const sample *from, bool is_text, size_t n_trial)
{
  enum { ROOM = 1 << 17 };
  char    *bytes = malloc(ROOM);
  uint64_t state = 7;
  for (size_t i = 0; i < n_trial; i++) {
    memcpy(bytes, from->bytes, from->n_byte);
    read_damaged(from, bytes, damage(bytes, from->n_byte, ROOM, is_text, &state));
  }
  free(bytes);
}

static size_t n_trial(size_t usual)
{
  const char *more = getenv("CUXAS_FUZZ"); /* times as many */
  return usual * (more != NULL ? (size_t)atol(more) : 1);
}

static void test_formats_are_known_by_content(void)
{
  static const double MU[] = {0.5, 1.5, 1.0};
  for (size_t i = 0; i < N_TEXT; i++) {
    reading result = read_words(TEXTS[i].bytes, &TEXTS[i].how);
    check_points(&result, MU, 3);
    if (result.info != NULL) CHECK_TEXT(result.info->format, TEXTS[i].format);
    end_reading(&result);
  }
}

static void test_damaged_texts_do_no_harm(void)
{
  for (size_t i = 0; i < N_TEXT; i++) {
    sample from = TEXTS[i];
    from.n_byte = strlen(from.bytes);
    damage_often(&from, true, n_trial(100));
  }
}

static void test_damaged_gzip_does_no_harm(void)
{
  unsigned char packed[1024];
  z_stream      stream = {0};
  deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  stream.next_in   = (Bytef *)TEXTS[5].bytes;
  stream.avail_in  = (uInt)strlen(TEXTS[5].bytes);
  stream.next_out  = packed;
  stream.avail_out = sizeof packed;
  deflate(&stream, Z_FINISH);
  sample from = {"athena", TEXTS[5].how, (char *)packed, sizeof packed - stream.avail_out};
  deflateEnd(&stream);
  damage_often(&from, false, n_trial(100));
}

static void test_damaged_hdf5_does_no_harm(void)
{
  sample from = {.format = "hdf5"};
  from.bytes  = made_bytes(make_nexus(), &from.n_byte);
  damage_often(&from, false, n_trial(100));
  free(from.bytes);
}

static void test_empty_files_are_refused(void)
{
  reading result = read_memory("scan", "", 0, NULL);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  end_reading(&result);
}

int main(void)
{
  RUN(test_formats_are_known_by_content);
  RUN(test_damaged_texts_do_no_harm);
  RUN(test_damaged_gzip_does_no_harm);
  RUN(test_damaged_hdf5_does_no_harm);
  RUN(test_empty_files_are_refused);
  return CHECK_REPORT();
}
