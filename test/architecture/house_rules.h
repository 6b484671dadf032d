// The rules of the house, as docs/architecture.md states them: who may include whom, which library may be named where,
// and what may not be used at all. A violation names its place and its remedy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::test {

struct Violation {
  std::string file;
  int line = 0;
  std::string message;

  std::string text() const { return file + ":" + std::to_string(line) + ": " + message; }
};

// `path` is from the root of the project: "engine/alarm/alarm.cc".
std::vector<Violation> check_source(std::string_view path, std::string_view text);

}  // namespace tocsin::test
