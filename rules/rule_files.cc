#include "rules/rule_files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "engine/base/ensure.h"
#include "rules/variables.h"
#include "rules/yaml_scalar.h"

namespace tocsin {
namespace {

constexpr std::size_t kMaxFiles = 200;
const std::vector<std::string_view> kSections = {
    "version",   "defaults",       "include",   "log_groups", "event",  "categories", "metric_filters", "alarms",
    "workflows", "contact_points", "retention", "sources",    "daemon", "silences",   "maintenance"};

std::string normal_path(const std::string& name) {
  return std::filesystem::path(name).lexically_normal().string();
}

void check_version(RuleFile& file) {
  const YamlNode* version = file.document().root().find("version");
  if (version == nullptr) return;
  if (version->kind == YamlNode::Kind::kScalar && parse_yaml_number(version->text) == 1.0) return;
  file.error(*version, "this version of tocsin reads 'version: 1' only");
}

void report_tags(RuleFile& file, YamlNode& node) {
  if (!node.tag.empty()) {
    file.error(node, "unknown tag " + shown(node.tag));
    node.broken = true;
  }
  for (YamlNode& item : node.items) report_tags(file, item);
  for (YamlEntry& entry : node.entries) report_tags(file, entry.value);
}

bool is_template(RuleFile& file) {
  for (const std::string_view key : {"Resources", "AWSTemplateFormatVersion"}) {
    const YamlEntry* entry = file.document().root().find_entry(key);
    if (entry == nullptr) continue;
    file.error(*entry, "this is a CloudFormation template, which this version of tocsin does not read",
               "write its metric filters and alarms as metric_filters: and alarms:");
    return true;
  }
  return false;
}

}  // namespace

RuleFiles::RuleFiles(const RuleEnvironment& environment, Diagnostics& diagnostics)
    : environment_(environment), diagnostics_(diagnostics) {
  std::optional<YamlDocument> document = YamlDocument::parse("built-in rules", default_rules_text(), diagnostics_);
  ENSURE(document.has_value());
  built_in_ = std::make_unique<RuleFile>(std::move(*document), environment_, diagnostics_);
  built_in_->built_in = true;
  substitute_variables(*built_in_);
}

void RuleFiles::add(const RuleSource& source) {
  std::vector<std::string> way;
  add_file(source, way);
}

void RuleFiles::add_file(const RuleSource& source, std::vector<std::string>& way) {
  if (!seen_.insert(normal_path(source.name)).second) return;
  std::optional<YamlDocument> document = YamlDocument::parse(source.name, source.text, diagnostics_);
  if (!document) return;
  auto owned = std::make_unique<RuleFile>(std::move(*document), environment_, diagnostics_);
  RuleFile& file = *owned;
  const YamlNode& root = file.document().root();
  if (root.kind == YamlNode::Kind::kNull) {
    file.warning(root, "the file is empty");
    return;
  }
  if (root.kind != YamlNode::Kind::kMap) {
    file.error(root, "a rules file is a mapping of sections, not " + std::string(kind_text(root)),
               suggestion("", kSections));
    return;
  }
  if (is_template(file)) return;
  report_tags(file, file.document().root());
  substitute_variables(file);
  read_settings(file);
  way.push_back(normal_path(source.name));
  include(file, way);
  way.pop_back();
  user_.push_back(std::move(owned));
}

void RuleFiles::read_settings(RuleFile& file) {
  check_version(file);
  const YamlNode& root = file.document().root();
  if (const YamlNode* defaults = root.find("defaults")) {
    if (defaults->kind == YamlNode::Kind::kScalar && defaults->text == "none") {
      without_defaults_ = true;
    } else if (defaults->kind != YamlNode::Kind::kScalar || defaults->text != "builtin") {
      file.error(*defaults, "'defaults' must be none or builtin");
    }
  }
}

void RuleFiles::include(RuleFile& file, std::vector<std::string>& way) {
  const YamlNode* node = file.document().root().find("include");
  if (node == nullptr) return;
  for (const YamlNode* item : read_list(file, *node, "'include'")) {
    const std::optional<std::string> name = read_text(file, *item, "'include'");
    if (!name) continue;
    const std::string path = path_beside(file.name(), *name);
    if (const auto again = std::ranges::find(way, path); again != way.end()) {
      std::string circle = "files that include each other: ";
      for (auto step = again; step != way.end(); ++step) circle.append(*step).append(" -> ");
      file.error(*item, circle + path);
      continue;
    }
    if (seen_.count(path) > 0) continue;
    if (seen_.size() >= kMaxFiles) {
      file.error(*item, "more than " + std::to_string(kMaxFiles) + " files are included");
      return;
    }
    const std::optional<std::string> text = environment_.read_file(path);
    if (!text) {
      file.error(*item, "cannot read " + shown(path), "paths are relative to the file that includes them");
      continue;
    }
    add_file({path, *text}, way);
  }
}

void RuleFiles::check_keys() {
  for (const std::unique_ptr<RuleFile>& file : user_) {
    for (const YamlEntry& entry : file->document().root().entries) {
      if (std::ranges::find(kSections, entry.key) != kSections.end()) continue;
      file->error(entry, "unknown section " + shown(entry.key), suggestion(entry.key, kSections));
    }
  }
  check_doubles({"event", "log_groups", "categories", "retention", "daemon"});
}

void RuleFiles::check_doubles(const std::vector<std::string_view>& keyed_sections) {
  for (const std::string_view name : keyed_sections) {
    std::map<std::string, std::string> first;  // key -> file:line
    for (const Section& section : of_user(name)) {
      for (const YamlEntry& entry : section.node().entries) {
        const std::string place = section.file->name() + ":" + std::to_string(entry.line);
        const auto [found, is_new] = first.emplace(entry.key, place);
        if (is_new) continue;
        section.file->error(entry, shown(entry.key) + " of '" + std::string(name) + "' is given by two files",
                            "first given in " + found->second);
      }
    }
  }
}

Sections RuleFiles::of_user(std::string_view name) const {
  Sections sections;
  for (const std::unique_ptr<RuleFile>& file : user_) {
    if (const YamlEntry* entry = file->document().root().find_entry(name)) sections.push_back({file.get(), entry});
  }
  return sections;
}

Sections RuleFiles::of_built_in(std::string_view name) const {
  const YamlEntry* entry = built_in_->document().root().find_entry(name);
  return entry == nullptr ? Sections{} : Sections{{built_in_.get(), entry}};
}

}  // namespace tocsin
