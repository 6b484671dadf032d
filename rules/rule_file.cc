#include "rules/rule_file.h"

#include <filesystem>

#include "engine/base/text.h"

namespace tocsin {
namespace {

// A file that is no rules file at all must not fill the screen for ever.
constexpr std::size_t kMaxDiagnostics = 500;

void add(Diagnostics& diagnostics, Diagnostic diagnostic) {
  if (diagnostics.all().size() > kMaxDiagnostics) return;
  if (diagnostics.all().size() == kMaxDiagnostics) {
    diagnostics.error({}, "more faults than are worth showing: mend these first");
    return;
  }
  diagnostics.add(std::move(diagnostic));
}

}  // namespace

bool RuleFile::told_enough() const {
  return diagnostics_.all().size() > kMaxDiagnostics;
}

void RuleFile::error_at(SourcePlace place, std::string message, std::string hint) {
  std::string line = document_.source_line(place.line);
  add(diagnostics_, {DiagnosticLevel::kError, std::move(place), std::move(message), std::move(hint), std::move(line)});
}

void RuleFile::error(const YamlNode& node, std::string message, std::string hint) {
  if (node.broken) return;
  error_at(document_.place(node), std::move(message), std::move(hint));
}

void RuleFile::error(const YamlEntry& entry, std::string message, std::string hint) {
  error_at(document_.place(entry), std::move(message), std::move(hint));
}

void RuleFile::error_in(const YamlNode& scalar, std::size_t offset, std::string message, std::string hint) {
  if (scalar.broken) return;
  error_at(document_.place_in(scalar, offset), std::move(message), std::move(hint));
}

void RuleFile::warning(const YamlNode& node, std::string message, std::string hint) {
  add(diagnostics_, {DiagnosticLevel::kWarning, document_.place(node), std::move(message), std::move(hint),
                     document_.source_line(node.line)});
}

void RuleFile::warning(const YamlEntry& entry, std::string message, std::string hint) {
  add(diagnostics_, {DiagnosticLevel::kWarning, document_.place(entry), std::move(message), std::move(hint),
                     document_.source_line(entry.line)});
}

std::string shown(std::string_view text) {
  return "'" + printable(text, 80) + "'";
}

std::string shown(const YamlNode& scalar) {
  if (scalar.secret) return "***";
  return shown(scalar.substituted ? scalar.written : scalar.text);
}

std::string path_beside(const std::string& base, const std::string& name) {
  const std::filesystem::path path(name);
  if (path.is_absolute()) return path.lexically_normal().string();
  return (std::filesystem::path(base).parent_path() / path).lexically_normal().string();
}

}  // namespace tocsin
