#include "cuxas/report.h"
#include "report/shortlist_report.h"
#include "write/text.h"

#include <math.h>
#include <stdint.h>

static void put_count(FILE *out, size_t value)
{
  fprintf(out, "%zu,", value);
}

static void put_number(FILE *out, double value)
{
  cuxas_text_put_csv_number(out, value);
  putc(',', out);
}

static void put_text(FILE *out, const char *text)
{
  cuxas_text_put_csv(out, text);
  putc(',', out);
}

/* Nine fields, empty for what was not simulated. */
static void put_simulated(const cuxas_shortlist *shortlist, const cuxas_hit *hit, FILE *out)
{
  const size_t i = cuxas_shortlist_find(shortlist, hit);
  if (i == SIZE_MAX) {
    fputs(",,,,,,,,\n", out);
    return;
  }
  const cuxas_comparison  *comparison = &shortlist->hits->hit[i].comparison;
  const cuxas_shortlisted *own        = &shortlist->candidate[i];
  put_count(out, shortlist->hits->hit[i].rank);
  put_number(out, comparison->score);
  put_number(out, comparison->mae);
  put_number(out, comparison->spearman);
  put_number(out, comparison->shift_eV);
  put_number(out, comparison->hole_fraction);
  put_number(out, comparison->fwhm_eV);
  put_number(out, own->error);
  fprintf(out, "%s\n", own->is_doubtful ? "yes" : "no");
}

void cuxas_report_write_csv(const cuxas_report *report, FILE *out)
{
  const cuxas_query *query = report->query;

  fputs("rank,name,formula,kind,mae,spearman,pearson,rank_mae,rank_spearman,delta_to_next,shift_eV,shift_at_limit,"
        "hole_fraction,",
        out);
  for (size_t k = 0; k < query->n_edge; k++)
    fprintf(out, "%s_measured_eV,%s_predicted_eV,%s_difference_shifted_eV,", query->edge[k].name, query->edge[k].name,
            query->edge[k].name);
  fputs("n_sites,n_distinct_sites,domain_distance,outside_domain,score,p_value,e_value,support,in_group,rank_score,"
        "fwhm_eV,path,sha256,"
        "simulated_rank,simulated_score,simulated_mae,simulated_spearman,simulated_shift_eV,simulated_hole_fraction,"
        "simulated_fwhm_eV,prediction_error,prediction_doubtful\n",
        out);

  for (size_t i = 0; i < report->hits->n_hit; i++) {
    const cuxas_hit        *hit        = &report->hits->hit[i];
    const cuxas_comparison *comparison = &hit->comparison;
    put_count(out, hit->rank);
    put_text(out, hit->name);
    put_text(out, hit->formula);
    put_text(out, hit->kind == CUXAS_CANDIDATE_SPECTRUM ? "spectrum" : "structure");
    put_number(out, comparison->mae);
    put_number(out, comparison->spearman);
    put_number(out, comparison->pearson);
    put_count(out, hit->rank_mae);
    put_count(out, hit->rank_spearman);
    put_number(out, hit->delta_to_next);
    put_number(out, comparison->shift_eV);
    put_text(out, comparison->shift_at_limit ? "yes" : "no");
    put_number(out, comparison->hole_fraction);
    for (size_t k = 0; k < query->n_edge; k++) {
      const cuxas_onset *measured = &query->onset[k], *predicted = &comparison->predicted_onset[k];
      const bool         both = measured->found && predicted->found;
      put_number(out, measured->found ? measured->energy_eV : NAN);
      put_number(out, predicted->found ? predicted->energy_eV : NAN);
      put_number(out, both ? predicted->energy_eV + comparison->shift_eV - measured->energy_eV : NAN);
    }
    put_count(out, hit->n_absorber);
    put_count(out, hit->n_distinct);
    put_number(out, hit->domain.distance);
    put_text(out, hit->kind == CUXAS_CANDIDATE_SPECTRUM ? "" : hit->domain.outside ? "yes" : "no");
    put_number(out, comparison->score);
    put_number(out, hit->p_value);
    put_number(out, hit->e_value);
    put_number(out, hit->support);
    put_text(out, isnan(hit->support) ? "" : hit->is_in_group ? "yes" : "no");
    put_count(out, hit->rank_score);
    put_number(out, comparison->fwhm_eV);
    put_text(out, hit->label);
    fprintf(out, "%s,", hit->sha256);
    put_simulated(report->shortlist, hit, out);
  }
}
