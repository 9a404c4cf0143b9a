/* The restricted pickle reader: what torch.save() writes is read, everything else is refused by name. Pickles here are
 * written as the bytes of their operations, with the argument after each. */
#include "check.h"

#include "learn/pickle_priv.h"

#include <stdbool.h>

#define BYTES(text) text, sizeof(text) - 1
#define START "\x80\x02"
/* ("storage", torch.FloatStorage, "0", "cpu", 6), as a storage */
#define STORAGE                                                                                                        \
  "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"                                                               \
  "0X\x03\0\0\0cpuK\x06tQ"

static bool reads(const char *bytes, size_t n_byte, cuxas_pickle *pickle)
{
  cuxas_error err;
  if (cuxas_pickle_read(bytes, n_byte, "test", pickle, &err) == CUXAS_OK) return true;
  printf("    %s\n", err.message);
  return false;
}

static void check_refused(const char *bytes, size_t n_byte, cuxas_status status, const char *named)
{
  cuxas_pickle pickle;
  cuxas_error  err;
  CHECK_STATUS(cuxas_pickle_read(bytes, n_byte, "test", &pickle, &err), status);
  CHECK_CONTAINS(err.message, named);
  CHECK(pickle.root == NULL && pickle.owned == NULL);
  cuxas_pickle_free(&pickle);
}

static void test_plain_values_are_read(void)
{
  cuxas_pickle pickle;
  /* {"none": None, "yes": True, "byte": 200, "short": 513, "int": -2, "long": -129, "big": 2^40, "real": 0.1} */
  CHECK(reads(BYTES(START
                    "}q\0(X\x04\0\0\0noneNX\x03\0\0\0yes\x88X\x04\0\0\0byteK\xc8X\x05\0\0\0shortM\x01\x02"
                    "X\x03\0\0\0intJ\xfe\xff\xff\xffX\x04\0\0\0long\x8a\x02\x7f\xffX\x03\0\0\0big\x8a\x06\0\0\0\0\0\x01"
                    "X\x04\0\0\0realG\x3f\xb9\x99\x99\x99\x99\x99\x9au."),
              &pickle));
  CHECK(pickle.root->kind == CUXAS_PICKLE_DICT && pickle.root->n_item == 16);
  CHECK(cuxas_pickle_get(pickle.root, "none")->kind == CUXAS_PICKLE_NONE);
  CHECK(cuxas_pickle_get(pickle.root, "yes")->boolean);
  CHECK(cuxas_pickle_get(pickle.root, "byte")->integer == 200);
  CHECK(cuxas_pickle_get(pickle.root, "short")->integer == 513);
  CHECK(cuxas_pickle_get(pickle.root, "int")->integer == -2);
  CHECK(cuxas_pickle_get(pickle.root, "long")->integer == -129);
  CHECK(cuxas_pickle_get(pickle.root, "big")->integer == (int64_t)1 << 40);
  CHECK(cuxas_pickle_get(pickle.root, "real")->real == 0.1);
  CHECK(cuxas_pickle_get(pickle.root, "other") == NULL);
  cuxas_pickle_free(&pickle);
}

static void test_extreme_integers_are_read(void)
{
  cuxas_pickle pickle;
  CHECK(reads(BYTES(START "\x8a\x08\0\0\0\0\0\0\0\x80."), &pickle));
  CHECK(pickle.root->integer == INT64_MIN);
  cuxas_pickle_free(&pickle);
  CHECK(reads(BYTES(START "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f."), &pickle));
  CHECK(pickle.root->integer == INT64_MAX);
  cuxas_pickle_free(&pickle);
  CHECK(reads(BYTES(START "\x8a\0."), &pickle)); /* zero has no bytes */
  CHECK(pickle.root->integer == 0);
  cuxas_pickle_free(&pickle);
}

static void test_containers_and_memos_are_read(void)
{
  cuxas_pickle pickle;
  /* [(1,), (1, 2), (1, 2, 3), (), [7], the same list again] */
  CHECK(reads(BYTES(START "]q\0(K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87)]q\x01K\x07"
                          "ah\x01"
                          "e."),
              &pickle));
  CHECK(pickle.root->kind == CUXAS_PICKLE_LIST && pickle.root->n_item == 6);
  for (size_t i = 0; i < 3; i++) CHECK(pickle.root->item[i]->n_item == i + 1);
  CHECK(pickle.root->item[3]->kind == CUXAS_PICKLE_TUPLE && pickle.root->item[3]->n_item == 0);
  CHECK(pickle.root->item[4] == pickle.root->item[5]);
  CHECK(pickle.root->item[4]->item[0]->integer == 7);
  cuxas_pickle_free(&pickle);
}

static void test_last_of_equal_keys_counts(void)
{
  cuxas_pickle pickle;
  CHECK(reads(BYTES(START "}X\x01\0\0\0aK\x01sX\x01\0\0\0aK\x02s."), &pickle));
  CHECK(cuxas_pickle_get(pickle.root, "a")->integer == 2);
  cuxas_pickle_free(&pickle);
}

static void test_tensor_in_ordered_dict_is_read(void)
{
  cuxas_pickle pickle;
  CHECK(reads(BYTES(START "ccollections\nOrderedDict\n)RX\x01\0\0\0wctorch._utils\n_rebuild_parameter\n"
                          "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE "K\x01K\x02K\x02\x86K\x02K\x01\x86\x89"
                          "ccollections\nOrderedDict\n)RtR\x88"
                          "ccollections\nOrderedDict\n)R\x87Rs}X\x09\0\0\0_metadata}sb."),
              &pickle));
  const cuxas_pickle_value *tensor = cuxas_pickle_get(pickle.root, "w");
  CHECK(tensor != NULL && tensor->kind == CUXAS_PICKLE_TENSOR);
  if (tensor != NULL) {
    CHECK(tensor->n_item == 2 && tensor->shape[0] == 2 && tensor->stride[0] == 2 && tensor->integer == 1);
    CHECK_TEXT(tensor->storage->type, "FloatStorage");
    CHECK_TEXT(tensor->storage->text, "0");
    CHECK(tensor->storage->integer == 6);
  }
  cuxas_pickle_free(&pickle);
}

static void test_unknown_global_is_named(void)
{
  check_refused(BYTES(START "cos\nsystem\n(X\x04\0\0\0evilt"
                            "R."),
                CUXAS_EUNSUPPORTED, "os.system");
  check_refused(BYTES(START "cnumpy.core.multiarray\n_reconstruct\n."), CUXAS_EUNSUPPORTED,
                "numpy.core.multiarray._reconstruct");
  check_refused(BYTES(START "ccollections\nOrderedDict.fromkeys\n."), CUXAS_EUNSUPPORTED, "OrderedDict.fromkeys");
  check_refused(BYTES(START "cevil\x1b[2J\nname\n."), CUXAS_EFORMAT, "strange characters");
}

static void test_unknown_operations_are_refused(void)
{
  static const char KNOWN[] = "(N\x88\x89KMJ\x8aGX}])\x85\x86\x87taesuqrhjcQRb.";
  for (int operation = 0; operation < 256; operation++) {
    const char bytes[4] = {'\x80', '\x02', (char)operation, '.'};
    if (memchr(KNOWN, operation, sizeof KNOWN - 1) != NULL) continue;
    char named[8];
    snprintf(named, sizeof named, "0x%02x", (unsigned)operation);
    check_refused(bytes, sizeof bytes, CUXAS_EUNSUPPORTED, named);
  }
}

static void test_other_protocols_are_refused(void)
{
  check_refused(BYTES("\x80\x04N."), CUXAS_EFORMAT, "protocol 2");
  check_refused(BYTES("(lp0\n."), CUXAS_EFORMAT, "protocol 2");
  check_refused(BYTES(""), CUXAS_EFORMAT, "protocol 2");
}

/* Every beginning of a good pickle is refused, none is read beyond its end (the copy has no byte to spare). */
static void test_truncated_pickles_are_refused(void)
{
  static const char GOOD[] =
      START "}q\0(X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\nq\x01(" STORAGE "K\0K\x02K\x03\x86K\x03K\x01\x86\x89"
            "ccollections\nOrderedDict\n)RtRX\x01\0\0\0xG\x3f\xb9\x99\x99\x99\x99\x99\x9a"
            "X\x01\0\0\0y\x8a\x02\x7f\xffX\x01\0\0\0zM\x01\x02r\x02\0\0\0j\x01\0\0\0u.";
  for (size_t n = 0; n + 1 < sizeof GOOD - 1; n++) {
    cuxas_pickle pickle;
    char        *copy = malloc(n > 0 ? n : 1);
    memcpy(copy, GOOD, n);
    CHECK_STATUS(cuxas_pickle_read(copy, n, "test", &pickle, NULL), CUXAS_EFORMAT);
    cuxas_pickle_free(&pickle);
    free(copy);
  }
}

/* A good pickle with one byte changed, all bytes and all values: read or refused, never a crash (run under sanitizers). */
static void test_damaged_pickles_do_no_harm(void)
{
  static const char GOOD[] =
      START "}q\0(X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\nq\x01(" STORAGE "K\0K\x02K\x03\x86K\x03K\x01\x86\x89"
            "ccollections\nOrderedDict\n)RtRu.";
  int n_read = 0;
  for (size_t i = 0; i < sizeof GOOD - 1; i++)
    for (int value = 0; value < 256; value++) {
      cuxas_pickle pickle;
      char         copy[sizeof GOOD - 1];
      memcpy(copy, GOOD, sizeof copy);
      copy[i] = (char)value;
      n_read += cuxas_pickle_read(copy, sizeof copy, "test", &pickle, NULL) == CUXAS_OK;
      cuxas_pickle_free(&pickle);
    }
  CHECK(n_read > 0);
}

static void test_values_out_of_place_are_refused(void)
{
  check_refused(BYTES(START "."), CUXAS_EFORMAT, "one value");
  check_refused(BYTES(START "NN."), CUXAS_EFORMAT, "one value");
  check_refused(BYTES(START "(N."), CUXAS_EFORMAT, "one value");
  check_refused(BYTES(START "a."), CUXAS_EFORMAT, "not there");
  check_refused(BYTES(START "NNa."), CUXAS_EFORMAT, "such a container");
  check_refused(BYTES(START "]NNs."), CUXAS_EFORMAT, "such a container");
  check_refused(BYTES(START "t."), CUXAS_EFORMAT, "no mark");
  check_refused(BYTES(START "}(Nu."), CUXAS_EFORMAT, "without a value");
  check_refused(BYTES(START "](\x85."), CUXAS_EFORMAT, "not there"); /* across a mark */
  check_refused(BYTES(START "N)R."), CUXAS_EFORMAT, "no function");
  check_refused(BYTES(START "ctorch\nFloatStorage\n)R."), CUXAS_EFORMAT, "storage type");
  check_refused(BYTES(START "N}b."), CUXAS_EUNSUPPORTED, "attributes");
  check_refused(BYTES(START "NQ."), CUXAS_EFORMAT, "not a storage");
  check_refused(BYTES(START "ccollections\nOrderedDict\n]\x85R."), CUXAS_EUNSUPPORTED, "OrderedDict made from");
  check_refused(BYTES(START "X\x03\0\0\0a\0b."), CUXAS_EFORMAT, "zero byte");
  check_refused(BYTES(START "\x8a\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01."), CUXAS_EUNSUPPORTED, "64 bits");
  check_refused(BYTES(START "X\xff\xff\xff\xff"
                            "abc."),
                CUXAS_EFORMAT, "cut short");
}

static void test_memo_abuse_is_refused(void)
{
  check_refused(BYTES(START "Nr\xff\xff\xff\xff."), CUXAS_EFORMAT, "consecutive"); /* would need 32 GB */
  check_refused(BYTES(START "Nq\x01."), CUXAS_EFORMAT, "consecutive");
  check_refused(BYTES(START "h\0."), CUXAS_EFORMAT, "never kept");
  check_refused(BYTES(START "q\0."), CUXAS_EFORMAT, "not there");
}

static void test_deep_nesting_is_read_without_recursion(void)
{
  enum { DEPTH = 200000 };
  char *bytes = malloc(3 + DEPTH);
  memcpy(bytes, START "]", 3);
  memset(bytes + 3, '\x85', DEPTH - 1); /* tuples in tuples */
  bytes[DEPTH + 2] = '.';
  cuxas_pickle pickle;
  CHECK(reads(bytes, 3 + DEPTH, &pickle));
  size_t depth = 0;
  for (const cuxas_pickle_value *value = pickle.root; value->n_item > 0; value = value->item[0]) depth++;
  CHECK(depth == DEPTH - 1);
  cuxas_pickle_free(&pickle);
  free(bytes);
}

static void test_list_that_contains_itself_is_freed(void)
{
  cuxas_pickle pickle;
  CHECK(reads(BYTES(START "]q\0h\0"
                          "a."),
              &pickle));
  CHECK(pickle.root->item[0] == pickle.root);
  cuxas_pickle_free(&pickle);
}

/* check_tensor() - a tensor of the six numbers of STORAGE with this offset, shape and stride (pickled) */
static void check_tensor(const char *sizes, size_t n_byte, bool is_good, const char *named)
{
  static const char HEAD[] = START "ctorch._utils\n_rebuild_tensor_v2\n(" STORAGE, TAIL[] = "\x89)tR.";
  char              bytes[256];
  size_t            n = 0;
  memcpy(bytes, HEAD, n += sizeof HEAD - 1);
  memcpy(bytes + n, sizes, n_byte);
  memcpy(bytes + n + n_byte, TAIL, sizeof TAIL - 1);
  n += n_byte + sizeof TAIL - 1;
  if (!is_good) {
    check_refused(bytes, n, CUXAS_EFORMAT, named);
    return;
  }
  cuxas_pickle pickle;
  CHECK(reads(bytes, n, &pickle));
  cuxas_pickle_free(&pickle);
}

static void test_tensors_must_fit_their_storage(void)
{
  check_tensor(BYTES("K\0K\x02K\x03\x86K\x03K\x01\x86"), true, ""); /* 2 x 3 of 6 */
  check_tensor(BYTES("K\x05))"), true, "");                         /* the last number */
  check_tensor(BYTES("K\x06))"), false, "larger than its storage"); /* one behind it */
  check_tensor(BYTES("K\x01K\x02K\x03\x86K\x03K\x01\x86"), false, "larger than its storage");
  check_tensor(BYTES("K\0K\x03K\x03\x86K\x03K\x01\x86"), false, "larger than its storage");
  check_tensor(BYTES("K\0K\x09\x85K\0\x85"), true, ""); /* stride 0: one number nine times */
  check_tensor(BYTES("K\0\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85K\x01\x85"), false, "larger than its storage");
  check_tensor(BYTES("K\0K\x03\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"), false, "larger than its storage");
  check_tensor(BYTES("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x02\x85K\x01\x85"), false, "larger than its storage");
  check_tensor(BYTES("J\xff\xff\xff\xffK\x02\x85K\x01\x85"), false, "wrong arguments");
  check_tensor(BYTES("K\0J\xff\xff\xff\xff\x85K\x01\x85"), false, "impossible shape");
  check_tensor(BYTES("K\0K\x02\x85K\x01K\x01\x86"), false, "wrong arguments"); /* ranks differ */
  check_tensor(BYTES("K\0N\x85K\x01\x85"), false, "impossible shape");
}

int main(void)
{
  RUN(test_plain_values_are_read);
  RUN(test_extreme_integers_are_read);
  RUN(test_containers_and_memos_are_read);
  RUN(test_last_of_equal_keys_counts);
  RUN(test_tensor_in_ordered_dict_is_read);
  RUN(test_unknown_global_is_named);
  RUN(test_unknown_operations_are_refused);
  RUN(test_other_protocols_are_refused);
  RUN(test_truncated_pickles_are_refused);
  RUN(test_damaged_pickles_do_no_harm);
  RUN(test_values_out_of_place_are_refused);
  RUN(test_memo_abuse_is_refused);
  RUN(test_deep_nesting_is_read_without_recursion);
  RUN(test_list_that_contains_itself_is_freed);
  RUN(test_tensors_must_fit_their_storage);
  return CHECK_REPORT();
}
