/* Sites of structures: opened, listed, shared out among processes, and what they cost.
 *
 *   structures
 *   lists
 *   shares    by hash
 *   memory    that is left */
#include "cmd/sites.h"

#include "base/memory.h"
#include "base/hash.h"
#include "base/elements.h"
#include "cuxas/records.h"
#include "records/simulations.h"
#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* ---- structures ------------------------------------------------------------------------------------------------- */

static cuxas_status open_structure(const cuxas_catalog *catalog, size_t i, int absorber, double symprec_A,
                                   cuxas_crystal **ret_crystal, cuxas_orbits **ret_orbits, cuxas_error *err)
{
  const cuxas_candidate *candidate = &catalog->candidate[i];
  cuxas_status           status;
  if (i > 0 && strcmp(candidate->name, catalog->candidate[i - 1].name) == 0)
    return cuxas_fail(err, CUXAS_EEXIST, "%s: a structure called %s came before", candidate->path, candidate->name);
  if (strlen(candidate->name) >= CUXAS_RECORD_ID_SIZE)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: the name has over %d bytes", candidate->path,
                      CUXAS_RECORD_ID_SIZE - 1);
  if ((status = cuxas_candidate_read(candidate, ret_crystal, err)) != CUXAS_OK) return status;
  return cuxas_symmetry_find_orbits(*ret_crystal, absorber, symprec_A, ret_orbits, err);
}

cuxas_status cuxas_site_open(const cuxas_catalog *catalog, size_t i, int absorber, double symprec_A,
                             cuxas_crystal **ret_crystal, cuxas_orbits **ret_orbits, cuxas_error *err)
{
  const cuxas_candidate *candidate = &catalog->candidate[i];
  cuxas_error            reason    = {.message = ""};
  *ret_crystal                     = NULL;
  *ret_orbits                      = NULL;
  if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE) return CUXAS_OK;
  const cuxas_status status = open_structure(catalog, i, absorber, symprec_A, ret_crystal, ret_orbits, &reason);
  if (status == CUXAS_OK) return status;
  cuxas_crystal_free(*ret_crystal);
  *ret_crystal        = NULL;
  const bool has_path = strncmp(reason.message, candidate->path, strlen(candidate->path)) == 0;
  return cuxas_fail(err, status, "%s%s%.800s", has_path ? "" : candidate->path, has_path ? "" : ": ", reason.message);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static cuxas_status check_site(const site_structure *structure, size_t only_site, int absorber, cuxas_error *err)
{
  if (only_site < structure->crystal->n_site && structure->orbits->orbit_of[only_site] != SIZE_MAX) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "%s: site %zu is no %s", structure->candidate->path, only_site,
                    cuxas_element_find(absorber)->symbol);
}

static size_t count_arrangements(const cuxas_crystal *crystal)
{
  size_t n = 0;
  for (; crystal != NULL; crystal = crystal->next) n++;
  return n;
}

static size_t most_arrangements(const site_structure *structure, size_t only_site)
{
  const size_t n = structure->candidate->drawing.n_arrangement;
  return only_site != SIZE_MAX ? 1 : n > 0 ? n : CUXAS_DRAWING.n_arrangement;
}

/* part() - the arrangements of one structure, each without those behind it, in ret_part */
static cuxas_status part(site_structure *whole, size_t n_most, int absorber, double symprec_A, site_structure *ret_part,
                         cuxas_error *err)
{
  const size_t   n_all = count_arrangements(whole->crystal), n_taken = n_all < n_most ? n_all : n_most;
  cuxas_status   status = CUXAS_OK;
  cuxas_crystal *next;
  size_t         i_taken = 0;
  ret_part[0]            = *whole;
  snprintf(ret_part[0].id, sizeof ret_part[0].id, "%s", whole->candidate->name);
  *whole = (site_structure){.candidate = whole->candidate};
  if (n_all < 2) return CUXAS_OK;
  ret_part[0].is_one_of_several = true;
  cuxas_crystal *crystal        = ret_part[0].crystal;
  for (size_t i = 0; i < n_all; i++, crystal = next) {
    char suffix[CUXAS_ARRANGEMENT_SUFFIX_SIZE];
    next          = crystal->next;
    crystal->next = NULL;
    if (!cuxas_arrangement_is_simulated(i, n_all, n_most)) {
      cuxas_crystal_free(crystal);
      continue;
    }
    site_structure *one = &ret_part[i_taken];
    if (i_taken > 0) *one = (site_structure){.candidate = whole->candidate, .crystal = crystal};
    cuxas_arrangement_suffix(i_taken++, n_taken, suffix);
    if (cuxas_text_print(one->id, sizeof one->id, "%s%s", whole->candidate->name, suffix) >= (int)sizeof one->id)
      one->reason.status = cuxas_fail(&one->reason, CUXAS_EUNSUPPORTED, "%s: with %s the name has over %d bytes",
                                      whole->candidate->path, suffix, CUXAS_RECORD_ID_SIZE - 1);
    else if (one->orbits == NULL && one->reason.status == CUXAS_OK)
      one->reason.status = cuxas_symmetry_find_orbits(crystal, absorber, symprec_A, &one->orbits, &one->reason);
    if (one->reason.status == CUXAS_ENOMEM) status = cuxas_no_memory(err);
  }
  return status;
}

/* part_arrangements() - a structure each for the arrangements */
static cuxas_status part_arrangements(site_list *list, size_t only_site, int absorber, double symprec_A,
                                      cuxas_error *err)
{
  size_t       n      = 0;
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < list->n_structure; i++) {
    const size_t n_all  = count_arrangements(list->structure[i].crystal);
    const size_t n_most = most_arrangements(&list->structure[i], only_site);
    n += n_all < 2 ? 1 : n_all < n_most ? n_all : n_most;
  }
  site_structure *parted = cuxas_new(err, n, sizeof *parted);
  if (parted == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0, k = 0; i < list->n_structure; i++) {
    const size_t n_all  = count_arrangements(list->structure[i].crystal);
    const size_t n_most = most_arrangements(&list->structure[i], only_site);
    if (part(&list->structure[i], n_most, absorber, symprec_A, &parted[k], err) != CUXAS_OK) status = CUXAS_ENOMEM;
    k += n_all < 2 ? 1 : n_all < n_most ? n_all : n_most;
  }
  free(list->structure);
  list->structure   = parted;
  list->n_structure = n;
  return status;
}

static void fill_sites(site_list *list, size_t only_site)
{
  for (size_t i = 0; i < list->n_structure; i++) {
    const cuxas_orbits *orbits = list->structure[i].orbits;
    if (orbits == NULL) continue;
    for (size_t k = 0; k < orbits->n_orbit; k++) {
      const bool is_wanted = only_site == SIZE_MAX || orbits->orbit_of[only_site] == k;
      if (!is_wanted) continue;
      const size_t site          = only_site == SIZE_MAX ? orbits->first_site[k] : only_site;
      list->site[list->n_site++] = (site_entry){i, site, orbits->multiplicity[k]};
    }
  }
}

cuxas_status cuxas_site_list_new(const cuxas_catalog *catalog, int absorber, double symprec_A, size_t only_site,
                                 site_list **ret_list, cuxas_error *err)
{
  size_t     n_site = 0;
  site_list *list   = cuxas_new(err, 1, sizeof *list);
  *ret_list         = NULL;
  if (list == NULL || (list->structure = cuxas_new(err, catalog->n_candidate, sizeof *list->structure)) == NULL)
    goto no_memory;
  list->n_structure = catalog->n_candidate;
#pragma omp parallel for schedule(dynamic, 1)
  for (size_t i = 0; i < list->n_structure; i++) {
    site_structure *structure = &list->structure[i];
    structure->candidate      = &catalog->candidate[i];
    cuxas_status status =
        cuxas_site_open(catalog, i, absorber, symprec_A, &structure->crystal, &structure->orbits, &structure->reason);
    if (status == CUXAS_OK && structure->crystal != NULL && only_site != SIZE_MAX)
      status = check_site(structure, only_site, absorber, &structure->reason);
    structure->reason.status = status;
    if (status == CUXAS_OK) continue;
    cuxas_orbits_free(structure->orbits);
    structure->orbits = NULL;
  }
  if (part_arrangements(list, only_site, absorber, symprec_A, err) != CUXAS_OK) goto no_memory;
  for (size_t i = 0; i < list->n_structure; i++) {
    if (list->structure[i].reason.status == CUXAS_ENOMEM) goto no_memory;
    if (list->structure[i].orbits != NULL) n_site += list->structure[i].orbits->n_orbit;
  }
  if ((list->site = cuxas_new(err, n_site, sizeof *list->site)) == NULL) goto no_memory;
  fill_sites(list, only_site);
  *ret_list = list;
  return CUXAS_OK;
no_memory:
  cuxas_site_list_free(list);
  return cuxas_no_memory(err);
}

void cuxas_site_list_free(site_list *list)
{
  if (list == NULL) return;
  for (size_t i = 0; i < list->n_structure; i++) {
    cuxas_crystal_free(list->structure[i].crystal);
    cuxas_orbits_free(list->structure[i].orbits);
  }
  free(list->structure);
  free(list->site);
  free(list);
}

/* ---- shares ----------------------------------------------------------------------------------------------------- */

/* from_environment() - a number that is at least `low`; false: not there */
static bool from_environment(const char *name, long low, long *ret_number)
{
  const char *text = getenv(name);
  return text != NULL && cuxas_text_parse_integer(text, ret_number) && *ret_number >= low;
}

/* multiply() - a share of each share */
static site_share multiply(site_share share, long index, long n)
{
  return index < n ? (site_share){share.index * (size_t)n + (size_t)index, share.n * (size_t)n} : share;
}

/* Tasks of an array are numbered from any number in any steps; within one, a launcher may have started several processes,
 * of which Slurm itself may know less than the launcher that runs inside it. */
static site_share find_share(void)
{
  static const char *const RANK[][2] = {
      {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, {"PMI_RANK", "PMI_SIZE"}, {"SLURM_PROCID", "SLURM_NTASKS"}};
  site_share share = {0, 1};
  long       id, n, first = 0, step = 1;
  if (from_environment("SLURM_ARRAY_TASK_ID", 0, &id) && from_environment("SLURM_ARRAY_TASK_COUNT", 1, &n)) {
    from_environment("SLURM_ARRAY_TASK_MIN", 0, &first);
    from_environment("SLURM_ARRAY_TASK_STEP", 1, &step);
    if (id >= first) share = multiply(share, (id - first) / step, n);
  }
  for (size_t i = 0; i < sizeof RANK / sizeof *RANK; i++)
    if (from_environment(RANK[i][0], 0, &id) && from_environment(RANK[i][1], 1, &n)) return multiply(share, id, n);
  return share;
}

static bool is_launched(void)
{
  return getenv("SLURM_ARRAY_TASK_ID") != NULL || getenv("SLURM_PROCID") != NULL ||
         getenv("OMPI_COMM_WORLD_RANK") != NULL || getenv("PMI_RANK") != NULL;
}

bool cuxas_site_share_parse(const char *text, site_share *ret_share)
{
  const char *slash = strchr(text, '/');
  char        first[24];
  long        i, n;
  snprintf(first, sizeof first, "%.*s", slash != NULL ? (int)(slash - text) : 0, text);
  if (slash == NULL || !cuxas_text_parse_integer(first, &i) || !cuxas_text_parse_integer(slash + 1, &n) || i < 1 ||
      i > n)
    return false;
  *ret_share = (site_share){(size_t)i - 1, (size_t)n};
  return true;
}

site_share cuxas_site_share_read(const cuxas_options *options)
{
  const char *text  = cuxas_options_text(options, "shard");
  site_share  share = {0, 1};
  if (text == NULL) return share;
  if (strcmp(text, "auto") == 0) {
    if (!is_launched())
      cuxas_options_usage_error(options, "--shard auto: neither Slurm nor MPI has started this; give I/N");
    return find_share();
  }
  if (!cuxas_site_share_parse(text, &share))
    cuxas_options_usage_error(options, "--shard %s: neither auto nor I/N with I from 1 to N", text);
  return share;
}

bool cuxas_site_is_mine(site_share share, const char *name, size_t site)
{
  enum { N_DIGIT = 12 };
  char hex[CUXAS_SHA256_HEX_SIZE], text[CUXAS_RECORD_ID_SIZE + 32];
  if (share.n <= 1) return true;
  const int n = snprintf(text, sizeof text, "%s:%zu", name, site);
  cuxas_hash_memory(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1, hex);
  hex[N_DIGIT] = '\0';
  return strtoull(hex, NULL, 16) % share.n == share.index;
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

/* read_number() - the first number of a file, or behind a word in it; INFINITY: none */
static double read_number(const char *path, const char *opt_word)
{
  char   line[256];
  double number = INFINITY;
  FILE  *in     = fopen(path, "r");
  while (in != NULL && fgets(line, sizeof line, in) != NULL) {
    const size_t n    = opt_word != NULL ? strlen(opt_word) : 0;
    char        *rest = line + n, *token;
    if (n > 0 && strncmp(line, opt_word, n) != 0) continue;
    if ((token = cuxas_text_next_token(&rest)) == NULL || !cuxas_text_parse_number(token, &number)) number = INFINITY;
    break;
  }
  if (in != NULL) fclose(in);
  return number;
}

double cuxas_memory_left(void)
{
  struct rlimit limit;
  const double  machine_kB  = read_number("/proc/meminfo", "MemAvailable:");
  const double  group       = read_number("/sys/fs/cgroup/memory.max", NULL);
  const double  group_used  = read_number("/sys/fs/cgroup/memory.current", NULL);
  const double  group_cache = read_number("/sys/fs/cgroup/memory.stat", "inactive_file");
  const double  process_kB  = read_number("/proc/self/statm", NULL) * 4.0;
  double        left        = 1024.0 * machine_kB;
  if (isfinite(group) && isfinite(group_used))
    left = fmin(left, group - group_used + (isfinite(group_cache) ? group_cache : 0.0));
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && isfinite(process_kB))
    left = fmin(left, (double)limit.rlim_cur - 1024.0 * process_kB);
  return left;
}
