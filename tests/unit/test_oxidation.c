/* test_coordination.c - coordination numbers and oxidation states of structures everybody knows */
#include "check.h"
#include "crystal_text.h"

#include "crystal/oxidation.h"
#include "base/elements.h"

enum { CU = 29 };

static cuxas_crystal *read_bundled(const char *name)
{
  char           path[256];
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {0};
  snprintf(path, sizeof path, "refdb/%s.cif", name);
  if (cuxas_crystal_read(path, &crystal, &err) != CUXAS_OK) printf("    %s\n", err.message);
  return crystal;
}

/* What is expected of the copper sites of a bundled structure; state_100: 100 times the state, -1: not looked at. */
typedef struct {
  const char        *name;
  size_t             n_least, n_most; /* of the coordination numbers of all copper sites */
  cuxas_ligand_class kind;
  int                state_100;
} expectation;

static const expectation KNOWN[] = {
    {"structures/Cu", 12, 12, CUXAS_LIGANDS_METAL, 0},
    {"structures/CuBe", 8, 8, CUXAS_LIGANDS_METAL, 0},
    {"structures/Cu2O", 2, 2, CUXAS_LIGANDS_OXIDE, 100},
    {"structures/CuO", 4, 4, CUXAS_LIGANDS_OXIDE, 200},
    {"structures/Cu2S", 4, 4, CUXAS_LIGANDS_CHALCOGENIDE, 100},
    {"structures/CuFeS2", 4, 4, CUXAS_LIGANDS_CHALCOGENIDE, 100},
    {"structures/CuCo2S4", 4, 4, CUXAS_LIGANDS_CHALCOGENIDE, -1},
    {"structures/CoCu2S4", 6, 6, CUXAS_LIGANDS_CHALCOGENIDE, -1}, /* copper on the octahedral site of a spinel */
    {"structures/CuS", 3, 4, CUXAS_LIGANDS_CHALCOGENIDE,
     133}, /* triangles and tetrahedra; (Cu+)3 (S2)2- S-, by counting */
    {"structures/LaCuOS", 4, 4, CUXAS_LIGANDS_CHALCOGENIDE, 100},
    {"structures/LaCuOTe", 4, 4, CUXAS_LIGANDS_CHALCOGENIDE, 100},
    {"structures/SrCuO2", 4, 4, CUXAS_LIGANDS_OXIDE, 200},
    {"structures/ZrCuSiP", 4, 4, CUXAS_LIGANDS_PNICTIDE, 100},
    {"candidates/Cu3Au_L12", 12, 12, CUXAS_LIGANDS_METAL, 0},
    {"candidates/Cu2Mg", 12, 12, CUXAS_LIGANDS_METAL, 0}, /* Laves phase */
    {"candidates/CuZn_B2", 8, 8, CUXAS_LIGANDS_METAL, 0},
    {"candidates/Cu2MnSn", 8, 8, CUXAS_LIGANDS_METAL, 0},  /* Heusler */
    {"candidates/CuNNi3", 12, 12, CUXAS_LIGANDS_METAL, 0}, /* antiperovskite: copper does not touch nitrogen */
    {"candidates/Cu3N", 2, 2, CUXAS_LIGANDS_PNICTIDE, 100},
    {"candidates/CaCu2P2", 4, 4, CUXAS_LIGANDS_PNICTIDE, 100},
    {"candidates/CuCl_zb", 4, 4, CUXAS_LIGANDS_HALIDE, 100},
    {"candidates/CuI_wz", 4, 4, CUXAS_LIGANDS_HALIDE, 100},
    {"candidates/CsCuCl3", 6, 6, CUXAS_LIGANDS_HALIDE, 200}, /* caesium is far from everything */
    {"candidates/KCuF3", 6, 6, CUXAS_LIGANDS_HALIDE, 200},   /* 4 + 2 */
    {"candidates/K3CuF6", 6, 6, CUXAS_LIGANDS_HALIDE, 300},
    {"candidates/CuAlO2_3R", 2, 2, CUXAS_LIGANDS_OXIDE, 100},
    {"candidates/CuAl2O4", 4, 4, CUXAS_LIGANDS_OXIDE, 200},
    {"candidates/La2CuO4_T", 6, 6, CUXAS_LIGANDS_OXIDE, 200}, /* 4 + 2 */
    {"candidates/Nd2CuO4_Tp", 4, 4, CUXAS_LIGANDS_OXIDE, 200},
    {"candidates/LaCuO3", 6, 6, CUXAS_LIGANDS_OXIDE, 300},
    {"candidates/NaCuO2", 4, 4, CUXAS_LIGANDS_OXIDE, 300},
    {"candidates/CuSO4", 6, 6, CUXAS_LIGANDS_OXIDE, 200},
    {"candidates/azurite", 4, 5, CUXAS_LIGANDS_OXIDE, 200},          /* carbonate and hydroxide */
    {"candidates/gerhardtite", 4, 6, CUXAS_LIGANDS_OXIDE, 200},      /* nitrate of N(V) */
    {"candidates/CuSe2_mar", 6, 6, CUXAS_LIGANDS_CHALCOGENIDE, 200}, /* pairs of selenium, by counting */
};

/* Told with the states, coordination is what it is alone. */
static void check_around(const cuxas_crystal *crystal, size_t site, const cuxas_coordination *alone,
                         const cuxas_oxidation *state)
{
  cuxas_coordination around[2] = {{0}};
  cuxas_oxidation    same[2];
  const size_t       twice[2] = {site, site};
  CHECK_STATUS(cuxas_oxidation_find_around(crystal, twice, 2, same, around, NULL), CUXAS_OK);
  for (int k = 0; k < 2; k++) {
    CHECK(around[k].n_ligand == alone->n_ligand && around[k].is_metallic == alone->is_metallic);
    CHECK(same[k].source == state->source);
    for (size_t i = 0; i < alone->n_ligand && i < around[k].n_ligand; i++)
      CHECK(around[k].ligand[i].atomic_number == alone->ligand[i].atomic_number &&
            around[k].ligand[i].distance_A == alone->ligand[i].distance_A);
  }
}

static void test_known_structures(void)
{
  for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
    const expectation *known   = &KNOWN[k];
    cuxas_crystal     *crystal = read_bundled(known->name);
    const int          before  = check_n_failure;
    CHECK(crystal != NULL);
    for (size_t i = 0; crystal != NULL && i < crystal->n_site; i++) {
      cuxas_coordination c;
      cuxas_oxidation    o;
      if (crystal->atomic_number[i] != CU) continue;
      CHECK_STATUS(cuxas_coordination_find(crystal, i, &c, NULL), CUXAS_OK);
      CHECK_STATUS(cuxas_oxidation_find(crystal, &i, 1, &o, NULL), CUXAS_OK);
      check_around(crystal, i, &c, &o);
      CHECK(c.n_ligand >= known->n_least && c.n_ligand <= known->n_most);
      CHECK(cuxas_coordination_class(&c) == known->kind);
      if (known->state_100 >= 0) CHECK_NEAR(o.state, 0.01 * known->state_100, 0.006);
    }
    if (check_n_failure > before) printf("    ... of %s\n", known->name);
    cuxas_crystal_free(crystal);
  }
}

/* A hole with a spin: Cu(II) among hard ligands; not Cu(I), Cu(III), metals, nor where the hole is the chalcogen's. */
static void test_copper_two_has_a_hole(void)
{
  static const char *const WITH[] = {"structures/CuO",        "structures/SrCuO2",  "candidates/CsCuCl3",
                                     "candidates/KCuF3",      "candidates/CuAl2O4", "candidates/La2CuO4_T",
                                     "candidates/Nd2CuO4_Tp", "candidates/CuSO4",   "candidates/azurite",
                                     "candidates/gerhardtite"};
  for (size_t k = 0; k < sizeof KNOWN / sizeof *KNOWN; k++) {
    cuxas_crystal *crystal  = read_bundled(KNOWN[k].name);
    bool           expected = false;
    const int      before   = check_n_failure;
    for (size_t i = 0; i < sizeof WITH / sizeof *WITH; i++) expected = expected || strcmp(WITH[i], KNOWN[k].name) == 0;
    for (size_t i = 0; crystal != NULL && i < crystal->n_site; i++) {
      cuxas_shell shell = CUXAS_SHELL_UNKNOWN;
      CHECK_STATUS(cuxas_shell_find(crystal, &i, 1, &shell, NULL), CUXAS_OK);
      CHECK((shell == CUXAS_SHELL_HOLE) == (expected && crystal->atomic_number[i] == CU));
    }
    if (check_n_failure > before) printf("    ... of %s\n", KNOWN[k].name);
    cuxas_crystal_free(crystal);
  }
}

static void test_rock_salt_and_a_lone_atom(void)
{
  cuxas_crystal     *crystal = NULL;
  cuxas_coordination c;
  CHECK_STATUS(read_text("POSCAR", "CuO\n1\n0 2.1 2.1\n2.1 0 2.1\n2.1 2.1 0\nCu O\n1 1\nDirect\n0 0 0\n.5 .5 .5\n",
                         &crystal, NULL),
               CUXAS_OK);
  CHECK_STATUS(cuxas_coordination_find(crystal, 0, &c, NULL), CUXAS_OK);
  CHECK(c.n_ligand == 6 && !c.is_metallic);
  for (size_t i = 0; i < 6; i++) {
    CHECK_NEAR(c.ligand[i].distance_A, 2.1, 1e-6);
    CHECK_NEAR(c.ligand[i].weight, 1.0, 1e-6); /* six squares of a cube */
  }
  CHECK_STATUS(cuxas_coordination_find(crystal, 2, &c, NULL), CUXAS_ERANGE);
  cuxas_crystal_free(crystal);

  CHECK_STATUS(read_text("POSCAR", "Cu\n1\n20 0 0\n0 20 0\n0 0 20\nCu\n1\nDirect\n0 0 0\n", &crystal, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_coordination_find(crystal, 0, &c, NULL), CUXAS_OK);
  CHECK(c.n_ligand == 0 && c.is_metallic && cuxas_coordination_class(&c) == CUXAS_LIGANDS_NONE);
  cuxas_crystal_free(crystal);
}

static void test_cells_do_not_matter(void)
{
  static const int   TWICE[3] = {2, 1, 2};
  cuxas_crystal     *one = read_bundled("structures/CuO"), *more = make_supercell(one, TWICE);
  cuxas_coordination a, b;
  cuxas_oxidation    in_one, in_more;
  size_t             i = 0, j = 0;
  while (one->atomic_number[i] != CU) i++;
  while (more->atomic_number[j] != CU) j++;
  CHECK_STATUS(cuxas_coordination_find(one, i, &a, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_coordination_find(more, j, &b, NULL), CUXAS_OK);
  CHECK(a.n_ligand == b.n_ligand);
  for (size_t k = 0; k < a.n_ligand; k++) {
    CHECK_NEAR(a.ligand[k].distance_A, b.ligand[k].distance_A, 1e-9);
    CHECK_NEAR(a.ligand[k].weight, b.ligand[k].weight, 1e-9);
  }
  CHECK_STATUS(cuxas_oxidation_find(one, &i, 1, &in_one, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_oxidation_find(more, &j, 1, &in_more, NULL), CUXAS_OK);
  CHECK(in_one.source == CUXAS_OXIDATION_COMPOSITION && in_more.source == in_one.source);
  CHECK_NEAR(in_more.bond_valence, in_one.bond_valence, 1e-9);
  cuxas_crystal_free(one);
  cuxas_crystal_free(more);
}

static void test_mixed_valence_is_told_apart_or_owned_up_to(void)
{
  cuxas_crystal *crystal = read_bundled("candidates/YBa2Cu3O6"); /* Cu(I) between two O, Cu(II) in the planes */
  size_t         n_one = 0, n_two = 0;
  for (size_t i = 0; i < crystal->n_site; i++) {
    cuxas_oxidation o;
    if (crystal->atomic_number[i] != CU) continue;
    CHECK_STATUS(cuxas_oxidation_find(crystal, &i, 1, &o, NULL), CUXAS_OK);
    CHECK(o.source == CUXAS_OXIDATION_BOND_VALENCE);
    CHECK_NEAR(o.composition, 5.0 / 3.0, 1e-9);
    n_one += o.state == 1.0;
    n_two += o.state == 2.0;
  }
  CHECK(n_one == 1 && n_two == 2);
  cuxas_crystal_free(crystal);

  crystal = read_bundled("candidates/KCu2Se2"); /* all sites alike: 3/2, by counting */
  for (size_t i = 0; i < crystal->n_site; i++) {
    cuxas_oxidation o;
    if (crystal->atomic_number[i] != CU) continue;
    CHECK_STATUS(cuxas_oxidation_find(crystal, &i, 1, &o, NULL), CUXAS_OK);
    CHECK(o.source == CUXAS_OXIDATION_MIXED);
    CHECK_NEAR(o.state, 1.5, 1e-9);
  }
  cuxas_crystal_free(crystal);
}

static void test_bond_valences(void)
{
  CHECK_NEAR(cuxas_bond_valence_copper(2, 8, 1.679), 1.0, 1e-12); /* R0 is where a bond has valence 1 */
  CHECK_NEAR(cuxas_bond_valence_copper(1, 8, 1.610 + 0.37), exp(-1.0), 1e-12);
  CHECK(isnan(cuxas_bond_valence_copper(3, 16, 2.3)) && isnan(cuxas_bond_valence_copper(4, 8, 2.0)));
  CHECK(isnan(cuxas_bond_valence_copper(0, 8, 2.0)) && isnan(cuxas_bond_valence_copper(1, 26, 2.0)));
  /* two numbers an element are good to a quarter */
  CHECK_NEAR(6.0 * cuxas_bond_valence(12, 8, 2.105), 2.0, 0.30);  /* MgO */
  CHECK_NEAR(4.0 * cuxas_bond_valence(14, 8, 1.61), 5.096, 0.01); /* quartz, where it is at its worst */
  CHECK_NEAR(3.0 * cuxas_bond_valence(6, 8, 1.29), 4.0, 0.1);     /* carbonate */
  CHECK_NEAR(8.0 * cuxas_bond_valence(20, 9, 2.365), 2.0, 0.25);  /* fluorite */
  CHECK_NEAR(4.0 * cuxas_bond_valence(30, 16, 2.342), 2.0, 0.25); /* zinc blende */
  CHECK(isnan(cuxas_bond_valence(2, 8, 2.0)) && isnan(cuxas_bond_valence(29, 8, 2.0)));
}

static void test_wrong_sites_are_refused(void)
{
  cuxas_crystal  *crystal = read_bundled("structures/CuO");
  cuxas_oxidation o;
  size_t          oxygen = 0, none = 1000;
  while (crystal->atomic_number[oxygen] == CU) oxygen++;
  CHECK_STATUS(cuxas_oxidation_find(crystal, &oxygen, 1, &o, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_oxidation_find(crystal, &none, 1, &o, NULL), CUXAS_ERANGE);
  cuxas_crystal_free(crystal);
}

int main(void)
{
  RUN(test_known_structures);
  RUN(test_copper_two_has_a_hole);
  RUN(test_rock_salt_and_a_lone_atom);
  RUN(test_cells_do_not_matter);
  RUN(test_mixed_valence_is_told_apart_or_owned_up_to);
  RUN(test_bond_valences);
  RUN(test_wrong_sites_are_refused);
  return CHECK_REPORT();
}
