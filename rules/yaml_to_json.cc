#include "rules/yaml_to_json.h"

#include "engine/base/text.h"
#include "rules/yaml_scalar.h"

namespace tocsin {
namespace {

class JsonWriter {
 public:
  JsonWriter(const YamlDocument& document, Diagnostics& diagnostics) : document_(document), diagnostics_(diagnostics) {}

  void write(const YamlNode& node) {
    if (!node.tag.empty()) {
      error(node, "unknown tag '" + node.tag + "'");
      return;
    }
    switch (node.kind) {
      case YamlNode::Kind::kNull:
        out += "null";
        break;
      case YamlNode::Kind::kScalar:
        write_scalar(node);
        break;
      case YamlNode::Kind::kSequence:
        write_sequence(node);
        break;
      case YamlNode::Kind::kMap:
        write_map(node);
        break;
    }
  }

  std::string out;
  bool failed = false;

 private:
  void error(const YamlNode& node, const std::string& message) {
    diagnostics_.error(document_.place(node), message, {}, document_.source_line(node.line));
    failed = true;
  }

  void write_scalar(const YamlNode& node) {
    if (!node.plain) return append_json_string(out, node.text);
    if (is_yaml_non_finite(node.text)) return error(node, "JSON has no number '" + node.text + "'");
    if (const std::optional<bool> truth = parse_yaml_bool(node.text)) {
      out += *truth ? "true" : "false";
    } else if (const std::optional<std::string> number = yaml_number_to_json(node.text)) {
      out += *number;
    } else {
      append_json_string(out, node.text);
    }
  }

  void write_sequence(const YamlNode& node) {
    out += '[';
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (i > 0) out += ',';
      write(node.items[i]);
    }
    out += ']';
  }

  void write_map(const YamlNode& node) {
    out += '{';
    for (std::size_t i = 0; i < node.entries.size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(out, node.entries[i].key);
      out += ':';
      write(node.entries[i].value);
    }
    out += '}';
  }

  const YamlDocument& document_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::optional<std::string> yaml_to_json(const YamlDocument& document, const YamlNode& node, Diagnostics& diagnostics) {
  JsonWriter writer(document, diagnostics);
  writer.write(node);
  if (writer.failed) return std::nullopt;
  return std::move(writer.out);
}

std::optional<std::string> yaml_to_json(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  const std::optional<YamlDocument> document = YamlDocument::parse(file, text, diagnostics);
  if (!document || diagnostics.error_count() > errors) return std::nullopt;
  return yaml_to_json(*document, document->root(), diagnostics);
}

}  // namespace tocsin
