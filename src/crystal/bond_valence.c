#include "crystal/oxidation.h"

#include <math.h>
#include <stddef.h>

#define SOFTNESS_A 0.37

double cuxas_bond_valence_copper(int state, int ligand, double distance_A)
{
  /* R0, angstrom, by state 1, 2, 3; 0: none. One of several entries is the first, or the one for all kinds of compounds. */
  static const struct {
    int    ligand;
    double r0_A[3];
  } COPPER[] = {
      {1, {1.21, 1.21, 0.0}},      /* H: Brese, O'Keeffe, state not given */
      {6, {1.446, 1.72, 1.84}},    /* C: Shields et al. */
      {7, {1.520, 1.751, 1.768}},  /* N */
      {8, {1.610, 1.679, 1.739}},  /* O */
      {9, {1.600, 1.594, 1.580}},  /* F */
      {15, {1.774, 1.97, 0.0}},    /* P */
      {16, {1.898, 2.054, 0.0}},   /* S */
      {17, {1.858, 2.000, 2.078}}, /* Cl */
      {33, {1.856, 2.08, 0.0}},    /* As */
      {34, {1.900, 2.124, 0.0}},   /* Se */
      {35, {2.030, 2.134, 0.0}},   /* Br */
      {52, {2.27, 2.27, 0.0}},     /* Te: Brese, O'Keeffe, state not given */
      {53, {2.108, 2.360, 0.0}},   /* I */
  };
  for (size_t i = 0; i < sizeof COPPER / sizeof *COPPER && state >= 1 && state <= 3; i++)
    if (COPPER[i].ligand == ligand && COPPER[i].r0_A[state - 1] > 0.0)
      return exp((COPPER[i].r0_A[state - 1] - distance_A) / SOFTNESS_A);
  return NAN;
}

/* A size in angstrom and an electronegativity, which together give R0 of any pair. */
typedef struct {
  int    atomic_number;
  double r_A, c;
} bond_size;

static const bond_size SIZES[] = {
    {1, 0.38, 0.89},  {3, 1.00, 0.97},  {4, 0.81, 1.47},  {5, 0.79, 1.60},  {6, 0.78, 2.00},  {7, 0.72, 2.61},
    {8, 0.63, 3.15},  {9, 0.58, 3.98},  {11, 1.36, 1.01}, {12, 1.21, 1.23}, {13, 1.13, 1.47}, {14, 1.12, 1.58},
    {15, 1.09, 1.96}, {16, 1.03, 2.35}, {17, 0.99, 2.74}, {19, 1.73, 0.91}, {20, 1.50, 1.04}, {21, 1.34, 1.20},
    {22, 1.27, 1.32}, {23, 1.21, 1.45}, {24, 1.16, 1.56}, {25, 1.17, 1.60}, {26, 1.16, 1.64}, {27, 1.09, 1.70},
    {28, 1.04, 1.75}, {30, 1.07, 1.66}, {31, 1.14, 1.82}, {32, 1.21, 1.51}, {33, 1.21, 2.23}, {34, 1.18, 2.51},
    {35, 1.13, 2.58}, {37, 1.84, 0.89}, {38, 1.66, 0.99}, {39, 1.52, 1.11}, {40, 1.43, 1.22}, {41, 1.40, 1.23},
    {42, 1.37, 1.30}, {44, 1.21, 1.42}, {45, 1.18, 1.54}, {46, 1.11, 1.35}, {47, 1.12, 1.42}, {48, 1.28, 1.46},
    {49, 1.34, 1.49}, {50, 1.37, 1.72}, {51, 1.41, 1.72}, {52, 1.40, 2.72}, {53, 1.33, 2.38}, {55, 2.05, 0.86},
    {56, 1.88, 0.97}, {57, 1.71, 1.08}, {58, 1.68, 1.08}, {59, 1.66, 1.07}, {60, 1.64, 1.07}, {62, 1.61, 1.07},
    {63, 1.62, 1.01}, {64, 1.58, 1.11}, {65, 1.56, 1.10}, {66, 1.54, 1.10}, {67, 1.53, 1.10}, {68, 1.51, 1.11},
    {69, 1.50, 1.11}, {70, 1.49, 1.06}, {71, 1.47, 1.14}, {72, 1.42, 1.23}, {73, 1.39, 1.33}, {74, 1.38, 1.40},
    {75, 1.37, 1.46}, {77, 1.37, 1.55}, {80, 1.32, 1.44}, {81, 1.62, 1.44}, {82, 1.53, 1.55}, {83, 1.54, 1.67},
    {90, 1.70, 1.11}, {92, 1.59, 1.22},
};

static const bond_size *find_size(int atomic_number)
{
  for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
    if (SIZES[i].atomic_number == atomic_number) return &SIZES[i];
  return NULL;
}

double cuxas_bond_valence(int atomic_number, int ligand, double distance_A)
{
  const bond_size *i = find_size(atomic_number), *j = find_size(ligand);
  if (i == NULL || j == NULL) return NAN;
  const double difference = sqrt(i->c) - sqrt(j->c);
  const double r0_A = i->r_A + j->r_A - i->r_A * j->r_A * difference * difference / (i->c * i->r_A + j->c * j->r_A);
  return exp((r0_A - distance_A) / SOFTNESS_A);
}
