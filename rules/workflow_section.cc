#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/workflow/state_machine.h"
#include "rules/rule_sections.h"
#include "rules/yaml_to_json.h"

namespace tocsin {
namespace {

// The node that a JSON pointer names, as far as it leads.
const YamlNode& node_at(const YamlNode& root, std::string_view pointer) {
  const YamlNode* node = &root;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const std::string_view step = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(step.size());
    const YamlNode* next = node->find(step);
    if (next == nullptr && node->kind == YamlNode::Kind::kSequence) {
      std::size_t index = 0;
      for (const char c : step)
        index =
            index > 100'000 || c < '0' || c > '9' ? node->items.size() : index * 10 + static_cast<std::size_t>(c - '0');
      if (!step.empty() && index < node->items.size()) next = &node->items[index];
    }
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

// The state machine's faults name a JSON pointer at the end of their message; the user wrote YAML, and has lines.
void pass_on(const Diagnostics& found, RuleFile& file, const YamlNode& definition) {
  for (const Diagnostic& diagnostic : found.all()) {
    const std::size_t at = diagnostic.message.rfind(" at /");
    const YamlNode& node =
        at == std::string::npos ? definition : node_at(definition, std::string_view(diagnostic.message).substr(at + 4));
    if (diagnostic.level == DiagnosticLevel::kError) {
      file.error(node, diagnostic.message, diagnostic.hint);
    } else {
      file.warning(node, diagnostic.message, diagnostic.hint);
    }
  }
}

class WorkflowReader {
 public:
  WorkflowReader(RuleFile& file, std::string name) : file_(file), name_(std::move(name)) {}

  // The definition as checked JSON text.
  std::optional<std::string> read(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kMap) return inline_map(node);
    const std::optional<std::string> text = read_text(file_, node, "'definition'");
    if (!text) return std::nullopt;
    if (text->find('\n') != std::string::npos || text->starts_with('{')) return inline_text(node, *text);
    return from_file(node, *text);
  }

 private:
  std::optional<std::string> inline_map(const YamlNode& node) {
    std::optional<std::string> json = yaml_to_json(file_.document(), node, file_.diagnostics());
    if (json && !check(*json, file_, node)) return std::nullopt;
    return json;
  }

  std::optional<std::string> inline_text(const YamlNode& node, const std::string& text) {
    Diagnostics found;
    std::optional<std::string> json = as_json("", text, found);
    if (json && StateMachine::parse(name_, *json, found) == nullptr) json.reset();
    for (const Diagnostic& diagnostic : found.all()) {
      if (diagnostic.level == DiagnosticLevel::kError) file_.error(node, diagnostic.message, diagnostic.hint);
    }
    return json;
  }

  std::optional<std::string> from_file(const YamlNode& node, const std::string& name) {
    const std::string path = path_beside(file_.name(), name);
    const std::optional<std::string> text = file_.environment().read_file(path);
    if (!text) {
      file_.error(node, "cannot read the definition " + shown(path), "paths are relative to the file that names them");
      return std::nullopt;
    }
    if (nlohmann::json::accept(*text) || path.ends_with(".json")) {
      return StateMachine::parse(path, *text, file_.diagnostics()) == nullptr ? std::nullopt : text;
    }
    std::optional<YamlDocument> document = YamlDocument::parse(path, *text, file_.diagnostics());
    if (!document) return std::nullopt;
    RuleFile definition(std::move(*document), file_.environment(), file_.diagnostics());
    const YamlNode& root = definition.document().root();
    std::optional<std::string> json = yaml_to_json(definition.document(), root, file_.diagnostics());
    if (json && !check(*json, definition, root)) return std::nullopt;
    return json;
  }

  static std::optional<std::string> as_json(const std::string& file, const std::string& text,
                                            Diagnostics& diagnostics) {
    if (nlohmann::json::accept(text)) return text;
    return yaml_to_json(file, text, diagnostics);
  }

  bool check(const std::string& json, RuleFile& file, const YamlNode& node) {
    Diagnostics found;
    const bool valid = StateMachine::parse(name_, json, found) != nullptr;
    pass_on(found, file, node);
    return valid;
  }

  RuleFile& file_;
  std::string name_;
};

}  // namespace

DeclaredNames read_workflows_section(const Sections& sections, std::vector<WorkflowDefinition>& workflows) {
  DeclaredNames names;
  for (const Section& section : sections) {
    if (section.node().kind == YamlNode::Kind::kNull) continue;
    MapReader all(*section.file, section.node(), "'workflows'");
    for (const YamlEntry& entry : section.node().entries) {
      if (!names.insert(entry.key).second) {
        section.file->error(entry, "there are two workflows named " + shown(entry.key));
        continue;
      }
      MapReader reader(*section.file, entry.value, "workflow " + shown(entry.key));
      if (const YamlNode* definition = reader.require("definition", "definition: investigate.asl.yaml")) {
        if (std::optional<std::string> json = WorkflowReader(*section.file, entry.key).read(*definition)) {
          workflows.push_back({entry.key, std::move(*json)});
        }
      }
      reader.finish();
    }
  }
  return names;
}

}  // namespace tocsin
