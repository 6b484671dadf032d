#include "engine/base/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace tocsin {
namespace {

// Lines of a hostile file are shown in a terminal: no control characters, and never more than a screen's width or two.
constexpr std::size_t kShownColumns = 160;

void render_source_line(const Diagnostic& diagnostic, std::string& out) {
  const auto column = static_cast<std::size_t>(std::max(diagnostic.place.column, 1)) - 1;
  const std::size_t first = column >= kShownColumns ? column - kShownColumns / 2 : 0;
  std::string shown;
  for (std::size_t i = first; i < diagnostic.source_line.size() && i < first + kShownColumns; ++i) {
    const char c = diagnostic.source_line[i];
    shown += c == '\t' ? ' ' : (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
  }
  out += fmt::format("    {}\n", shown);
  if (diagnostic.place.column > 0) out += fmt::format("    {}^\n", std::string(column - first, ' '));
}

// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  std::iota(cost[0].begin(), cost[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string_view to_text(DiagnosticLevel level) {
  switch (level) {
    case DiagnosticLevel::kError:
      return "error";
    case DiagnosticLevel::kWarning:
      return "warning";
    case DiagnosticLevel::kNote:
      return "note";
  }
  return "";
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.level == DiagnosticLevel::kError) ++errors_;
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(SourcePlace place, std::string message, std::string hint, std::string source_line) {
  add({DiagnosticLevel::kError, std::move(place), std::move(message), std::move(hint), std::move(source_line)});
}

void Diagnostics::warning(SourcePlace place, std::string message, std::string hint, std::string source_line) {
  add({DiagnosticLevel::kWarning, std::move(place), std::move(message), std::move(hint), std::move(source_line)});
}

std::string Diagnostics::render() const {
  std::string out;
  for (const Diagnostic& diagnostic : all_) {
    if (!diagnostic.place.file.empty()) out += diagnostic.place.file + ":";
    if (diagnostic.place.line > 0) out += fmt::format("{}:", diagnostic.place.line);
    if (diagnostic.place.line > 0 && diagnostic.place.column > 0) out += fmt::format("{}:", diagnostic.place.column);
    if (!out.empty() && out.back() == ':') out += ' ';
    out += fmt::format("{}: {}\n", to_text(diagnostic.level), diagnostic.message);
    if (!diagnostic.source_line.empty()) render_source_line(diagnostic, out);
    if (!diagnostic.hint.empty()) out += fmt::format("  hint: {}\n", diagnostic.hint);
  }
  return out;
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongestWord = 64;
  if (word.empty() || word.size() > kLongestWord) return {};
  std::string_view best;
  // A third of the letters may be wrong; more is another word.
  std::size_t best_distance = word.size() / 3 + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance || (distance == best_distance && best.empty() && distance <= word.size() / 3)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace tocsin
