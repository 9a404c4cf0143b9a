/* Tests of merge.h: scale, outliers, weights, and what is refused. */
#include "spectrum/merge.h"

#include "reading.h"

enum { N_POINT = 201, MAX_SCAN = 6 };

static double edge(double energy_eV)
{
  return 0.2 + 0.5 + atan((energy_eV - 931) / 0.5) / 3.14159265 + 1 / (1 + pow((energy_eV - 932) / 0.6, 2));
}

/* Uniform in [-1, 1], the same everywhere. */
static double noise(unsigned long *state)
{
  *state = *state * 6364136223846793005UL + 1442695040888963407UL;
  return (double)(*state >> 40) / 8388608.0 - 1;
}

/* gain * edge + offset + noise at 920 ... 940 eV */
static cuxas_spectrum *scan(double gain, double offset, double amplitude, unsigned long seed)
{
  cuxas_spectrum *made = cuxas_spectrum_new(N_POINT);
  for (size_t i = 0; i < N_POINT; i++) {
    made->energy_eV[i] = 920 + 0.1 * (double)i;
    made->mu[i]        = gain * (edge(made->energy_eV[i]) + amplitude * noise(&seed)) + offset;
  }
  made->n_point = N_POINT;
  return made;
}

typedef struct {
  cuxas_spectrum *scan[MAX_SCAN], *merged;
  double          deviation[MAX_SCAN], weight[MAX_SCAN];
  cuxas_error     err;
} trial;

static cuxas_status merge(trial *all, size_t n_scan)
{
  return cuxas_merge((const cuxas_spectrum *const *)all->scan, n_scan, all->deviation, all->weight, &all->merged,
                     &all->err);
}

static void end(trial *all)
{
  for (size_t i = 0; i < MAX_SCAN; i++) cuxas_spectrum_free(all->scan[i]);
  cuxas_spectrum_free(all->merged);
}

static void test_equal_scans_merge_to_themselves(void)
{
  trial all = {.scan = {scan(1, 0, 0, 1), scan(1, 0, 0, 1), scan(1, 0, 0, 1)}};
  CHECK_STATUS(merge(&all, 3), CUXAS_OK);
  for (size_t i = 0; i < N_POINT; i++) CHECK_NEAR(all.merged->mu[i], all.scan[0]->mu[i], 1e-9);
  for (size_t i = 0; i < 3; i++) CHECK_NEAR(all.weight[i], 1.0 / 3, 1e-9);
  end(&all);
}

static void test_gain_and_background_do_not_matter(void)
{
  trial all = {.scan = {scan(2, 1, 0, 1), scan(30000, 5000, 0, 1), scan(1e-9, -1e-9, 0, 1)}};
  CHECK_STATUS(merge(&all, 3), CUXAS_OK);
  for (size_t i = 0; i < N_POINT; i++) CHECK_NEAR(all.merged->mu[i], all.scan[0]->mu[i], 1e-6);
  for (size_t i = 0; i < 3; i++) CHECK_NEAR(all.deviation[i], 0, 1e-6);
  end(&all);
}

static void test_an_outlier_is_left_out(void)
{
  trial all = {.scan = {scan(1, 0, 0.01, 1), scan(1, 0, 0.01, 2), scan(1, 0, 0.01, 3), scan(1, 0, 0.01, 4)}};
  for (size_t i = 0; i < N_POINT; i++) /* the beam was lost for 3 eV */
    if (all.scan[2]->energy_eV[i] > 934 && all.scan[2]->energy_eV[i] < 937) all.scan[2]->mu[i] = 0;
  CHECK_STATUS(merge(&all, 4), CUXAS_OK);
  for (size_t i = 0; i < 4; i++) CHECK((all.weight[i] == 0) == (i == 2));
  CHECK(all.deviation[2] > 0.1 && all.deviation[0] < 0.02);
  for (size_t i = 0; i < N_POINT; i++) CHECK_NEAR(all.merged->mu[i], edge(all.merged->energy_eV[i]), 0.03);
  end(&all);
}

static void test_an_outlier_upside_down_is_left_out(void)
{
  trial all = {.scan = {scan(-1, 5, 0.01, 1), scan(1, 0, 0.01, 2), scan(1, 0, 0.01, 3)}};
  CHECK_STATUS(merge(&all, 3), CUXAS_OK);
  CHECK(all.weight[0] == 0 && all.weight[1] > 0 && all.weight[2] > 0);
  end(&all);
}

static void test_of_two_scans_none_is_an_outlier(void)
{
  trial all = {.scan = {scan(1, 0, 0, 1), scan(-1, 5, 0, 1)}};
  CHECK_STATUS(merge(&all, 2), CUXAS_OK);
  CHECK(all.weight[0] > 0 && all.weight[1] > 0);
  end(&all);
}

static void test_scans_that_agree_within_two_percent_all_stay(void)
{
  trial all = {.scan = {scan(1, 0, 0, 1), scan(1, 0, 0, 1), scan(1, 0, 0, 1), scan(1, 0, 0.02, 5)}};
  CHECK_STATUS(merge(&all, 4), CUXAS_OK); /* the noisy one deviates infinitely more than the median of 0 */
  for (size_t i = 0; i < 4; i++) CHECK(all.weight[i] > 0);
  end(&all);
}

static void test_noisy_scans_weigh_less(void)
{
  trial all = {.scan = {scan(1, 0, 0.01, 1), scan(1, 0, 0.02, 2), scan(5, 1, 0.01, 3)}};
  CHECK_STATUS(merge(&all, 3), CUXAS_OK);
  CHECK(all.weight[1] < 0.5 * all.weight[0]);
  CHECK(fabs(all.weight[2] / all.weight[0] - 1) < 0.6); /* gain does not matter */
  CHECK_NEAR(all.weight[0] + all.weight[1] + all.weight[2], 1, 1e-12);
  end(&all);
}

static void test_only_the_shared_range_is_kept(void)
{
  trial all = {.scan = {scan(1, 0, 0, 1), scan(1, 0, 0, 1)}};
  for (size_t i = 0; i < N_POINT; i++) all.scan[1]->energy_eV[i] = 925 + 0.05 * (double)i; /* finer, 925 to 935 eV */
  for (size_t i = 0; i < N_POINT; i++) all.scan[1]->mu[i] = edge(all.scan[1]->energy_eV[i]);
  CHECK_STATUS(merge(&all, 2), CUXAS_OK);
  CHECK_NEAR(all.merged->energy_eV[0], 925, 1e-9);
  CHECK_NEAR(all.merged->energy_eV[all.merged->n_point - 1], 935, 1e-9);
  for (size_t i = 0; i < all.merged->n_point; i++) CHECK_NEAR(all.merged->mu[i], edge(all.merged->energy_eV[i]), 0.01);
  end(&all);
}

static void test_what_cannot_be_merged_is_refused(void)
{
  trial all = {.scan = {scan(1, 0, 0, 1), scan(1, 0, 0, 1)}};
  for (size_t i = 0; i < N_POINT; i++) all.scan[1]->energy_eV[i] += 100;
  CHECK_STATUS(merge(&all, 2), CUXAS_ERANGE);
  CHECK_CONTAINS(all.err.message, "do not overlap");
  end(&all);
  all = (trial){.scan = {scan(1, 0, 0, 1), scan(0, 3, 0, 1)}};
  CHECK_STATUS(merge(&all, 2), CUXAS_ENUMERIC);
  CHECK_CONTAINS(all.err.message, "scan 2 is flat");
  end(&all);
  all                  = (trial){.scan = {scan(1, 0, 0, 1), scan(1, 0, 0, 1)}};
  all.scan[1]->mu[100] = NAN;
  CHECK_STATUS(merge(&all, 2), CUXAS_ENUMERIC);
  CHECK_CONTAINS(all.err.message, "scan 2");
  end(&all);
}

static void test_merged_files_are_told(void)
{
  char                     text[3][N_POINT * 32];
  trial                    all      = {.scan = {scan(1, 0, 0.01, 1), scan(1, 0, 0.01, 2), scan(-1, 5, 0.01, 3)}};
  static const char *const SHA256[] = {"aa", NULL, "cc"};
  reading                  part[3];
  for (size_t k = 0; k < 3; k++) {
    int n = sprintf(text[k], "energy,%s\n", k == 1 ? "TFY" : "TEY");
    for (size_t i = 0; i < N_POINT; i++)
      n += sprintf(text[k] + n, "%.1f,%.5f\n", all.scan[k]->energy_eV[i], all.scan[k]->mu[i]);
    part[k] = read_words(text[k], NULL);
    CHECK_STATUS(part[k].status, CUXAS_OK);
  }
  reading merged = {0};
  merged.status =
      cuxas_measured_merge((const cuxas_spectrum *const[]){part[0].spectrum, part[1].spectrum, part[2].spectrum},
                           (const cuxas_measured_info *const[]){part[0].info, part[1].info, part[2].info}, SHA256, 3,
                           &merged.spectrum, &merged.info, &merged.err);
  CHECK_STATUS(merged.status, CUXAS_OK);
  CHECK(merged.info->n_merged == 3 && merged.info->n_point == N_POINT);
  CHECK_TEXT(merged.info->merged[0].sha256, "aa");
  CHECK(merged.info->merged[2].weight == 0);
  CHECK(merged.info->warnings.n_warning == 2);
  CHECK_CONTAINS(merged.info->warnings.text[0], "TEY and TFY");
  CHECK_CONTAINS(merged.info->warnings.text[1], "left out");
  check_described(&merged, "left out");
  end_reading(&merged);
  for (size_t k = 0; k < 3; k++) end_reading(&part[k]);
  end(&all);
}

int main(void)
{
  RUN(test_equal_scans_merge_to_themselves);
  RUN(test_gain_and_background_do_not_matter);
  RUN(test_an_outlier_is_left_out);
  RUN(test_an_outlier_upside_down_is_left_out);
  RUN(test_of_two_scans_none_is_an_outlier);
  RUN(test_scans_that_agree_within_two_percent_all_stay);
  RUN(test_noisy_scans_weigh_less);
  RUN(test_only_the_shared_range_is_kept);
  RUN(test_what_cannot_be_merged_is_refused);
  RUN(test_merged_files_are_told);
  return CHECK_REPORT();
}
