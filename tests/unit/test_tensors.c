#include "check.h"
#include "predict/tensors.h"

#include <stdint.h>

static void test_added_values_are_copied_and_found(void)
{
  cuxas_tensors *set      = cuxas_tensors_new();
  float          value[6] = {1, 2, 3, 4, 5, 6};
  const float   *got      = NULL;
  CHECK_STATUS(cuxas_tensors_add(set, "w", 2, (size_t[]){2, 3}, value, NULL), CUXAS_OK);
  value[4] = -1;
  CHECK_STATUS(cuxas_tensors_add(set, "b", 1, (size_t[]){2}, NULL, NULL), CUXAS_OK);
  CHECK(set->n_tensor == 2);
  CHECK_TEXT(set->tensor[0].name, "w"); /* order of addition */
  CHECK(cuxas_tensors_find(set, "w")->n_value == 6);
  CHECK(cuxas_tensors_find(set, "x") == NULL);
  CHECK_STATUS(cuxas_tensors_get(set, "w", 2, (size_t[]){2, 3}, &got, NULL), CUXAS_OK);
  CHECK(got != NULL && got[4] == 5);
  CHECK_STATUS(cuxas_tensors_get(set, "b", 1, (size_t[]){2}, &got, NULL), CUXAS_OK);
  CHECK(got != NULL && got[0] == 0 && got[1] == 0);
  cuxas_tensors_free(set);
}

static void test_values_stay_where_they_are_when_more_are_added(void)
{
  cuxas_tensors *set   = cuxas_tensors_new();
  const float   *first = NULL, *later = NULL;
  char           name[16];
  CHECK_STATUS(cuxas_tensors_add(set, "t", 1, (size_t[]){4}, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_tensors_get(set, "t", 1, (size_t[]){4}, &first, NULL), CUXAS_OK);
  for (int i = 0; i < 100; i++) {
    snprintf(name, sizeof name, "t%d", i);
    CHECK_STATUS(cuxas_tensors_add(set, name, 1, (size_t[]){1}, NULL, NULL), CUXAS_OK);
  }
  CHECK_STATUS(cuxas_tensors_get(set, "t", 1, (size_t[]){4}, &later, NULL), CUXAS_OK);
  CHECK(first == later);
  cuxas_tensors_free(set);
}

static void test_bad_additions_are_refused(void)
{
  cuxas_tensors *set = cuxas_tensors_new();
  cuxas_error    err;
  char           long_name[CUXAS_TENSOR_NAME_SIZE + 1];
  memset(long_name, 'n', sizeof long_name - 1);
  long_name[sizeof long_name - 1] = '\0';
  CHECK_STATUS(cuxas_tensors_add(set, "a", 1, (size_t[]){1}, NULL, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_tensors_add(set, "a", 1, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "already");
  CHECK_STATUS(cuxas_tensors_add(set, "", 1, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, NULL, 1, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, long_name, 1, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, "b", 0, (size_t[]){1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, "b", 5, (size_t[]){1, 1, 1, 1, 1}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, "b", 2, (size_t[]){3, 0}, NULL, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_tensors_add(set, "b", 2, (size_t[]){SIZE_MAX / 8, 16}, NULL, &err), CUXAS_ENOMEM);
  CHECK(set->n_tensor == 1);
  cuxas_tensors_free(set);
}

static void test_what_a_model_needs_must_be_there(void)
{
  cuxas_tensors *set      = cuxas_tensors_new();
  const float    value[3] = {1, NAN, 3}, *got = NULL;
  cuxas_error    err;
  CHECK_STATUS(cuxas_tensors_add(set, "w", 2, (size_t[]){1, 3}, value, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_tensors_get(set, "v", 1, (size_t[]){3}, &got, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "tensor v of shape (3) is missing");
  CHECK_STATUS(cuxas_tensors_get(set, "w", 2, (size_t[]){3, 1}, &got, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "(1, 3), expected (3, 1)");
  CHECK_STATUS(cuxas_tensors_get(set, "w", 1, (size_t[]){1}, &got, &err), CUXAS_EFORMAT);
  CHECK_STATUS(cuxas_tensors_get(set, "w", 2, (size_t[]){1, 3}, &got, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "value 1 is not finite");
  CHECK(got == NULL);
  cuxas_tensors_free(set);
}

int main(void)
{
  RUN(test_added_values_are_copied_and_found);
  RUN(test_values_stay_where_they_are_when_more_are_added);
  RUN(test_bad_additions_are_refused);
  RUN(test_what_a_model_needs_must_be_there);
  return CHECK_REPORT();
}
