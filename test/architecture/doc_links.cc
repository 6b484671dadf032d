#include "test/architecture/doc_links.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace tocsin::test {
namespace {

// The line without its `code`.
std::string without_code(std::string_view line) {
  std::string text;
  bool code = false;
  for (const char c : line) {
    if (c == '`') code = !code;
    text += code || c == '`' ? ' ' : c;
  }
  return text;
}

std::vector<std::string> targets_of(const std::string& line) {
  std::vector<std::string> targets;
  for (std::size_t at = line.find("]("); at != std::string::npos; at = line.find("](", at + 2)) {
    const std::size_t end = line.find_first_of(" )", at + 2);
    if (end != std::string::npos) targets.push_back(line.substr(at + 2, end - at - 2));
  }
  return targets;
}

bool is_outside(std::string_view target) {
  return target.empty() || target.starts_with("#") || target.starts_with("mailto:") ||
         target.find("://") != std::string_view::npos;
}

}  // namespace

std::vector<Violation> check_links(std::string_view path, std::string_view text,
                                   const std::function<bool(const std::string&)>& exists) {
  std::vector<Violation> found;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  bool fenced = false;
  int line = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view row = text.substr(start, end - start);
    start = end + 1;
    ++line;
    if (row.starts_with("```")) fenced = !fenced;
    if (fenced) continue;
    for (const std::string& target : targets_of(without_code(row))) {
      if (is_outside(target)) continue;
      const std::string file = (folder / target.substr(0, target.find('#'))).lexically_normal().string();
      if (!exists(file)) {
        std::string message = "the link to " + target;
        message += " leads nowhere: there is no " + file;
        found.push_back({std::string(path), line, std::move(message)});
      }
    }
  }
  return found;
}

}  // namespace tocsin::test
