#include "engine/base/text.h"
#include "engine/delivery/template_text.h"
#include "rules/contact_point_parts.h"
#include "rules/yaml_to_json.h"

namespace tocsin {
namespace {

// Walks a template's tree and finds every fault in it; the variables are those of the loops around.
class TemplateChecker {
 public:
  explicit TemplateChecker(RuleFile& file) : file_(file) {}

  void check(const YamlNode& node) {
    switch (node.kind) {
      case YamlNode::Kind::kNull:
        break;
      case YamlNode::Kind::kScalar:
        check_text(node);
        break;
      case YamlNode::Kind::kSequence:
        for (const YamlNode& item : node.items) check(item);
        break;
      case YamlNode::Kind::kMap:
        if (node.find("$for") != nullptr) {
          check_loop(node);
        } else {
          check_map(node);
        }
        break;
    }
  }

 private:
  void check_map(const YamlNode& node) {
    for (const YamlEntry& entry : node.entries) {
      if (entry.key.starts_with('$')) {
        file_.error(entry, "unknown key " + shown(entry.key) + " in 'payload'",
                    "a loop is {$for: path, as: name, do: …}");
      }
      check(entry.value);
    }
  }

  void check_text(const YamlNode& node) {
    TemplateFault fault;
    const auto parts = parse_template(node.text, fault);
    if (!parts) {
      file_.error_in(node, fault.offset, "template: " + fault.message, fault.hint);
      return;
    }
    for (const TemplatePart& part : *parts) {
      if (!part.expression || part.expression->literal) continue;
      if (const auto unknown = check_template_path(part.expression->path, variables_)) {
        file_.error_in(node, part.expression->offset, "template: " + unknown->message, unknown->hint);
      }
    }
  }

  void check_loop(const YamlNode& node) {
    MapReader reader(file_, node, "the loop of 'payload'");
    const std::optional<std::string> path = reader.text("$for");
    if (path) check_loop_path(*reader.find("$for"), *path);
    std::string name = reader.required_text("as").value_or("");
    if (!name.empty() && !is_template_name(name)) {
      file_.error(*reader.find("as"), "'as' must be a name of letters, digits, '_' and '-'");
    }
    reader.whole_number("limit", 1, static_cast<int>(kMaxLoopLimit));
    const YamlNode* body = reader.require("do");
    reader.finish();
    if (body == nullptr) return;
    variables_.push_back(std::move(name));
    check(*body);
    variables_.pop_back();
  }

  void check_loop_path(const YamlNode& node, const std::string& text) {
    TemplateFault fault;
    const auto path = parse_template_path(text, fault);
    if (!path) {
      file_.error_in(node, fault.offset, "template: " + fault.message, fault.hint);
    } else if (const auto unknown = check_template_path(*path, variables_)) {
      file_.error_in(node, 0, "template: " + unknown->message, unknown->hint);
    }
  }

  RuleFile& file_;
  std::vector<std::string> variables_;
};

}  // namespace

void read_payload_template(MapReader& reader, ContactPoint& point) {
  const YamlNode* node = reader.find("payload");
  if (node == nullptr) return;
  RuleFile& file = reader.file();
  if (node->kind != YamlNode::Kind::kMap && node->kind != YamlNode::Kind::kSequence) {
    file.error(*node, "'payload' must be a mapping or a list, not " + std::string(kind_text(*node)));
    return;
  }
  TemplateChecker(file).check(*node);
  Diagnostics faults;
  const std::optional<std::string> json = yaml_to_json(file.document(), *node, faults);
  for (const Diagnostic& fault : faults.all()) {
    // Tags are told of where the file is read.
    if (!fault.message.starts_with("unknown tag")) file.diagnostics().add(fault);
  }
  if (!json) return;
  if (json->size() > kMaxTemplateBytes) {
    file.error(*node, "'payload' is larger than 64 KiB");
    return;
  }
  point.payload_template = *json;
}

}  // namespace tocsin
