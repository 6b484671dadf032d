#include "engine/base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace tocsin {

void ensure_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "tocsin: bug: %s does not hold at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace tocsin
