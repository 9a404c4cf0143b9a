/* cost.h - what one run of a program takes, for benchmarks; who includes this defines _DEFAULT_SOURCE, for wait4() */
#ifndef CUXAS_TEST_COST_H
#define CUXAS_TEST_COST_H
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  int    code; /* exit code; -1: it did not start or did not end by itself */
  double cpu_s, peak_MiB;
} run_cost;

/* A program on words, the last NULL; what it prints is thrown away. */
static run_cost run_program(const char *program, const char *const *word)
{
  int           status;
  struct rusage used;
  const pid_t   child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execv(program, (char *const *)(uintptr_t)word);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &used) != child || !WIFEXITED(status)) return (run_cost){-1, 0.0, 0.0};
  return (run_cost){WEXITSTATUS(status),
                    (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                        1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec),
                    (double)used.ru_maxrss / 1024.0};
}

#endif
