/* The bundled structures, checked against what is known of the compounds: formula, density, distances. */
#include "check.h"
#include "base/elements.h"
#include "base/text.h"
#include "crystal/neighbor.h"

#include <dirent.h>

static cuxas_crystal *read_crystal(const char *folder, const char *name)
{
  char           path[512];
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {.message = ""};
  snprintf(path, sizeof path, "refdb/%s/%s", folder, name);
  if (cuxas_crystal_read(path, &crystal, &err) != CUXAS_OK) printf("    %s\n", err.message);
  return crystal;
}

static double density_g_cm3(const cuxas_crystal *crystal)
{
  const double u_g = 1.66053907e-24, A3_cm3 = 1e-24;
  double       mass_u = 0.0;
  for (size_t i = 0; i < crystal->n_site; i++) mass_u += cuxas_element_find(crystal->atomic_number[i])->mass_u;
  return mass_u * u_g / (cuxas_crystal_volume_A3(crystal) * A3_cm3);
}

/* The shortest distance in units of the sum of covalent radii, contacts with hydrogen apart: their positions are often guesses. */
static double shortest_contact(const cuxas_crystal *crystal, bool hydrogen)
{
  cuxas_neighbors *list     = NULL;
  double           shortest = 9.0;
  if (cuxas_neighbors_find(crystal, NULL, 0, 3.0, &list, NULL) != CUXAS_OK) return 0.0;
  for (size_t i = 0; i < list->n_center; i++)
    for (size_t b = list->first[i]; b < list->first[i + 1]; b++) {
      const int z[2] = {crystal->atomic_number[i], crystal->atomic_number[list->bond[b].target]};
      if ((z[0] == 1 || z[1] == 1) != hydrogen) continue;
      shortest = fmin(shortest, list->bond[b].distance_A / (cuxas_element_find(z[0])->covalent_radius_A +
                                                            cuxas_element_find(z[1])->covalent_radius_A));
    }
  cuxas_neighbors_free(list);
  return shortest;
}

typedef void visit(const char *name, const cuxas_crystal *crystal);

static void visit_folder(const char *folder, visit *see)
{
  char path[64];
  snprintf(path, sizeof path, "refdb/%s", folder);
  DIR           *dir   = opendir(path);
  size_t         n_cif = 0;
  struct dirent *entry;
  CHECK(dir != NULL);
  while (dir != NULL && (entry = readdir(dir)) != NULL) {
    const char *end = strrchr(entry->d_name, '.');
    if (end == NULL || strcmp(end, ".cif") != 0) continue;
    cuxas_crystal *crystal = read_crystal(folder, entry->d_name);
    CHECK(crystal != NULL);
    if (crystal != NULL) see(entry->d_name, crystal);
    cuxas_crystal_free(crystal);
    n_cif++;
  }
  CHECK(n_cif >= 15);
  if (dir != NULL) closedir(dir);
}

/* Bounds that hold for all of them with little to spare: V-O 1.7 A is 0.75 of the sum of radii, O-H 0.66 A of an old refinement 0.68. */
static void check_distances(const char *name, const cuxas_crystal *crystal)
{
  const double heavy = shortest_contact(crystal, false), light = shortest_contact(crystal, true);
  if (heavy < 0.74 || light < 0.67) printf("    %s: %.3f and %.3f of the sum of radii\n", name, heavy, light);
  CHECK(heavy >= 0.74 && light >= 0.67);
}

/* The nearest atom of every copper, hydrogen apart, in units of the sum of covalent radii. */
static void check_bonds_of_copper(const char *name, const cuxas_crystal *crystal)
{
  cuxas_neighbors *list = NULL;
  if (strstr(name, "_model") != NULL) return; /* a stand-in: said to be none of the compound's */
  CHECK_STATUS(cuxas_neighbors_find(crystal, NULL, 0, 3.5, &list, NULL), CUXAS_OK);
  for (size_t i = 0; list != NULL && i < list->n_center; i++) {
    double nearest = 9.0;
    if (crystal->atomic_number[i] != 29) continue;
    for (size_t b = list->first[i]; b < list->first[i + 1]; b++) {
      const int z = crystal->atomic_number[list->bond[b].target];
      if (z == 1) continue;
      nearest = fmin(nearest, list->bond[b].distance_A / (cuxas_element_find(29)->covalent_radius_A +
                                                          cuxas_element_find(z)->covalent_radius_A));
    }
    if (nearest < 0.87 || nearest > 1.09) printf("    %s: Cu %zu: %.3f of the sum of radii\n", name, i, nearest);
    CHECK(nearest >= 0.87 && nearest <= 1.09);
  }
  cuxas_neighbors_free(list);
}

static void check_packing(const char *name, const cuxas_crystal *crystal)
{
  const double volume_A3 = cuxas_crystal_volume_A3(crystal) / (double)crystal->n_site;
  if (volume_A3 < 8.0 || volume_A3 > 40.0) printf("    %s: %.2f A^3 an atom\n", name, volume_A3);
  CHECK(volume_A3 >= 8.0 && volume_A3 <= 40.0);
}

static void test_no_atoms_of_bundled_structures_are_too_close(void)
{
  visit_folder("candidates", check_distances);
  visit_folder("structures", check_distances);
}

static void test_copper_of_bundled_structures_is_bonded_as_copper_is(void)
{
  visit_folder("candidates", check_bonds_of_copper);
  visit_folder("structures", check_bonds_of_copper);
}

static void test_bundled_structures_are_packed_as_solids_are(void)
{
  visit_folder("candidates", check_packing);
  visit_folder("structures", check_packing);
}

/* A row of candidates.csv: name, file, formula, density, citation, remark. */
static void check_row(char *line)
{
  char          *field[CUXAS_CSV_MAX_COLUMN], file[128], stated[CUXAS_FORMULA_SIZE], found[CUXAS_FORMULA_SIZE];
  cuxas_crystal *crystal = NULL;
  double         expected_g_cm3;
  const size_t   n_field = cuxas_csv_cut(line, field);
  CHECK(n_field == 6);
  if (n_field != 6) return;
  snprintf(file, sizeof file, "%s.cif", field[0]);
  CHECK((crystal = read_crystal("candidates", file)) != NULL);
  if (crystal == NULL) return;
  CHECK(cuxas_formula_read(field[2], stated));
  cuxas_crystal_formula(crystal, found);
  CHECK_TEXT(found, stated);
  CHECK(strlen(field[4]) > 10);
  if (cuxas_text_parse_number(field[3], &expected_g_cm3)) {
    const double density = density_g_cm3(crystal);
    if (fabs(density / expected_g_cm3 - 1.0) > 0.055) printf("    %s: %.3f g/cm^3\n", file, density);
    CHECK_NEAR(density / expected_g_cm3, 1.0, 0.055);
  }
  if (strstr(field[5], "stand-in") != NULL) CHECK(strstr(field[0], "_model") != NULL);
  cuxas_crystal_free(crystal);
}

static void test_candidates_from_papers_have_the_formula_and_density_of_the_compound(void)
{
  cuxas_text  text = {0};
  cuxas_error err;
  CHECK_STATUS(cuxas_text_read("refdb/candidates.csv", &text, &err), CUXAS_OK);
  CHECK(text.n_line >= 50);
  for (size_t i = 1; i < text.n_line; i++)
    if (text.line[i][0] != '\0') check_row(text.line[i]);
  cuxas_text_free(&text);
}

int main(void)
{
  RUN(test_no_atoms_of_bundled_structures_are_too_close);
  RUN(test_copper_of_bundled_structures_is_bonded_as_copper_is);
  RUN(test_bundled_structures_are_packed_as_solids_are);
  RUN(test_candidates_from_papers_have_the_formula_and_density_of_the_compound);
  return CHECK_REPORT();
}
