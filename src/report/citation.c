/* citation.c - what to cite, said once for --cite */
#include "cuxas/report.h"

typedef struct {
  const char *reason; /* what it stands for in a result of ours */
  const char *text;   /* as a sentence */
  const char *bibtex;
} reference;

static const reference REFERENCE[] = {
    {"the method: predicted L-edge spectra of crystal structures",
     "S. P. Gleason, M. R. Carbone, D. Lu, J. Ciston, \"CuXASNet: Rapid and Accurate Prediction of Copper L-edge "
     "X-Ray\n"
     "Absorption Spectra Using Machine Learning\", arXiv:2412.02916 (2024).",
     "@misc{cuxasnet2024,\n"
     "  author        = {Gleason, Samuel P. and Carbone, Matthew R. and Lu, Deyu and Ciston, Jim},\n"
     "  title         = {{CuXASNet}: Rapid and Accurate Prediction of Copper {L}-edge {X}-Ray Absorption Spectra "
     "Using\n"
     "                   Machine Learning},\n"
     "  year          = {2024},\n"
     "  eprint        = {2412.02916},\n"
     "  archivePrefix = {arXiv}\n"
     "}\n"},
    {"the comparison with measured copper L edges",
     "S. P. Gleason, D. Lu, J. Ciston, \"Prediction of the Cu oxidation state from EELS and XAS spectra using "
     "supervised\n"
     "machine learning\", npj Computational Materials 10, 221 (2024), doi:10.1038/s41524-024-01408-1.",
     "@article{gleason2024oxidation,\n"
     "  author  = {Gleason, Samuel P. and Lu, Deyu and Ciston, Jim},\n"
     "  title   = {Prediction of the {Cu} oxidation state from {EELS} and {XAS} spectra using supervised machine "
     "learning},\n"
     "  journal = {npj Computational Materials},\n"
     "  volume  = {10},\n"
     "  pages   = {221},\n"
     "  year    = {2024},\n"
     "  doi     = {10.1038/s41524-024-01408-1}\n"
     "}\n"},
    {"the featurizer M3GNet, when the model uses it (cuxas-model info tells)",
     "C. Chen, S. P. Ong, \"A universal graph deep learning interatomic potential for the periodic table\", Nature\n"
     "Computational Science 2, 718 (2022), doi:10.1038/s43588-022-00349-3.",
     "@article{m3gnet2022,\n"
     "  author  = {Chen, Chi and Ong, Shyue Ping},\n"
     "  title   = {A universal graph deep learning interatomic potential for the periodic table},\n"
     "  journal = {Nature Computational Science},\n"
     "  volume  = {2},\n"
     "  pages   = {718},\n"
     "  year    = {2022},\n"
     "  doi     = {10.1038/s43588-022-00349-3}\n"
     "}\n"},
    {"the simulations that the model was trained on",
     "J. J. Kas, F. D. Vila, C. D. Pemmaraju, T. S. Tan, J. J. Rehr, \"Advanced calculations of X-ray spectroscopies "
     "with\n"
     "FEFF10 and Corvus\", Journal of Synchrotron Radiation 28, 1801 (2021), doi:10.1107/S1600577521008614.",
     "@article{feff10,\n"
     "  author  = {Kas, J. J. and Vila, F. D. and Pemmaraju, C. D. and Tan, T. S. and Rehr, J. J.},\n"
     "  title   = {Advanced calculations of {X}-ray spectroscopies with {FEFF10} and {Corvus}},\n"
     "  journal = {Journal of Synchrotron Radiation},\n"
     "  volume  = {28},\n"
     "  pages   = {1801},\n"
     "  year    = {2021},\n"
     "  doi     = {10.1107/S1600577521008614}\n"
     "}\n"},
};
enum { N_REFERENCE = sizeof REFERENCE / sizeof *REFERENCE };

void cuxas_report_write_citation(FILE *out)
{
  fprintf(out,
          "If CuXAS helped your work, please cite it with its version, and the work it stands on. A report names the\n"
          "version and the SHA-256 of model and data: give both where you can.\n\n"
          "This program\n  The CuXAS authors, \"CuXAS: which copper compound did I measure?\", version %s.\n",
          CUXAS_VERSION);
  for (size_t i = 0; i < N_REFERENCE; i++) {
    fprintf(out, "\nFor %s\n  ", REFERENCE[i].reason);
    for (const char *c = REFERENCE[i].text; *c != '\0'; c++) fputs(*c == '\n' ? "\n  " : (const char[]){*c, '\0'}, out);
    putc('\n', out);
  }
  fprintf(out,
          "\nBibTeX\n\n@software{cuxas,\n  author  = {{The CuXAS authors}},\n"
          "  title   = {{CuXAS}: which copper compound did {I} measure?},\n  version = {%s}\n}\n",
          CUXAS_VERSION);
  for (size_t i = 0; i < N_REFERENCE; i++) fprintf(out, "\n%s", REFERENCE[i].bibtex);
}
