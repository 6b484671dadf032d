// A pattern and a path, a newline between them: nothing may crash, hang.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/ensure.h"
#include "replay/path_glob.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t newline = std::min(text.find('\n'), text.size());
  const std::string_view path = text.substr(std::min(newline + 1, text.size()));
  for (const std::string& pattern : tocsin::expand_braces(text.substr(0, newline), 64)) {
    tocsin::PathGlob(pattern).matches(path);
    tocsin::matches_name(pattern, path);
  }
  const tocsin::PathSelection selection({std::string(text.substr(0, newline))}, {std::string(path)}, "/logs");
  selection.matches(path);
  std::string literal;
  for (const char c : path) {
    literal += '\\';
    literal += c;
  }
  ENSURE(tocsin::matches_name(literal, path));
  return 0;
}
