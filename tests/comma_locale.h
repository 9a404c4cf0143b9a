/* comma_locale.h - a host whose numbers have decimal commas: what a library must not obey */
#ifndef COMMA_LOCALE_H
#define COMMA_LOCALE_H
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void comma_locale_remove(const char *folder)
{
  char command[1024];
  setlocale(LC_ALL, "C");
  unsetenv("LOCPATH");
  snprintf(command, sizeof command, "rm -rf %s/de_DE.UTF-8", folder);
  if (system(command) != 0) printf("    %s/de_DE.UTF-8 stays\n", folder);
}

/* comma_locale_choose() - the locale of this machine, else one made by localedef in `folder`; false: neither is to be had.
 * Afterwards comma_locale_remove(); where there is none, nothing is left in the folder. */
static inline bool comma_locale_choose(const char *folder)
{
  static const char *const NAME[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
  char                     command[1024];
  for (size_t i = 0; i < sizeof NAME / sizeof *NAME; i++)
    if (setlocale(LC_ALL, NAME[i]) != NULL) return true;
  snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
  if (system(command) == 0 && setenv("LOCPATH", folder, 1) == 0 && setlocale(LC_ALL, "de_DE.UTF-8") != NULL)
    return true;
  comma_locale_remove(folder); /* one that this processor's library cannot read: another byte order */
  return false;
}

#endif
