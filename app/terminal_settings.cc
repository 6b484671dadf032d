#include "app/terminal_settings.h"

#include <unistd.h>

#include <cstdlib>

#include "engine/base/text.h"

namespace tocsin {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool wants_colour(const std::string& choice, int fd) {
  if (choice != "auto") return choice == "always";
  return environment("NO_COLOR").empty() && environment("TERM") != "dumb" && isatty(fd) != 0;
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = to_upper(environment(name));
    if (!value.empty()) return value.find("UTF-8") != std::string::npos || value.find("UTF8") != std::string::npos;
  }
  return false;
}

}  // namespace tocsin
