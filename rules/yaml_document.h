// One YAML file, parsed with our own guards: yaml-cpp alone accepts duplicate keys, cycles, and documents that grow
// without bound. What is refused: files over 4 MiB, bytes that are no UTF-8 text, more than one document, nesting
// deeper than 64, more than 200,000 nodes once aliases are expanded, aliases to something that contains them, keys that
// are no plain text. Keeps the text, to show the line of a diagnostic.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostics.h"
#include "rules/yaml_node.h"

namespace tocsin {

inline constexpr std::size_t kMaxYamlBytes = 4u << 20;
inline constexpr int kMaxYamlDepth = 64;
inline constexpr std::size_t kMaxYamlNodes = 200'000;

class YamlDocument {
 public:
  // Duplicate keys are reported and the first kept; where nothing can be made of the text, nullopt.
  static std::optional<YamlDocument> parse(const std::string& file, std::string_view text, Diagnostics& diagnostics);

  const std::string& file() const { return file_; }
  const YamlNode& root() const { return root_; }
  YamlNode& root() { return root_; }

  SourcePlace place(const YamlNode& node) const { return {file_, node.line, node.column}; }
  SourcePlace place(const YamlEntry& entry) const { return {file_, entry.line, entry.column}; }
  // The place of byte `offset` of a scalar's text; of the scalar itself where it has been substituted or spans lines.
  SourcePlace place_in(const YamlNode& scalar, std::size_t offset) const;

  // A line as written, secrets shown as ***; empty where it is too long to be shown.
  std::string source_line(int line) const;
  // Marks the scalars that nobody may see: the values of `secret`, `secrets`, `routing_key`, `password` and of
  // `headers`, and every `url` and `proxy` with a password, parameters or a token in it, wherever they are.
  void hide_secrets();

 private:
  struct Hidden {
    int line = 0;
    std::size_t begin = 0, end = 0;  // bytes of the line
  };
  void hide(YamlNode& node);
  void hide_scalar(const YamlNode& scalar);
  std::string_view line_text(int line) const;

  std::string file_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
  std::vector<Hidden> hidden_;
  YamlNode root_;
};

// A line of a file that could not be parsed, with what seems to be the value of a secret masked.
std::string masked_line(std::string_view line);

}  // namespace tocsin
