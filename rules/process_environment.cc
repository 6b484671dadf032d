#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "rules/rule_loader.h"
#include "rules/yaml_document.h"

namespace tocsin {
namespace {

std::optional<std::string> read_file(const std::string& path) {
  std::error_code error;
  // A pipe (process substitution) is welcome; a directory opens and then reads nothing.
  if (std::filesystem::is_directory(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  // One byte more than is allowed is enough to be refused: the rest is never held.
  std::string text;
  std::string chunk(1 << 16, '\0');
  while (text.size() <= kMaxYamlBytes && in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    text.append(chunk, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return std::nullopt;
  return text;
}

}  // namespace

RuleEnvironment process_environment() {
  return {.variable = [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
            return value == nullptr ? std::nullopt : std::optional<std::string>(value);
          },
          .read_file = read_file,
          .now = []() -> EventTime {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
          }};
}

}  // namespace tocsin
