#include <set>

#include "rules/rule_sections.h"

namespace tocsin {
namespace {

std::optional<CategoryClass> read_class(RuleFile& file, const YamlNode& node) {
  MapReader reader(file, node, "a latency class");
  const std::optional<std::string> name = reader.required_text("name");
  const std::optional<double> below = reader.number("below");
  const std::optional<double> up_to = reader.number("up_to");
  if (reader.has("below") && reader.has("up_to")) {
    file.error(*reader.find("up_to"), "a latency class has 'below' or 'up_to', not both",
               "below leaves the bound itself out, up_to takes it in");
  }
  for (const std::string_view key : {"below", "up_to"}) {
    const std::optional<double> bound = key == "below" ? below : up_to;
    if (bound && *bound < 0) file.error(*reader.find(key), "a latency is never negative");
  }
  reader.finish();
  if (!name) return std::nullopt;
  if (*name == "unclassified") {
    file.error(*reader.find("name"), "'unclassified' is the class of events without a latency", "choose another name");
  }
  CategoryClass result;
  result.name = *name;
  result.bound_ms = below ? below : up_to;
  result.inclusive = !below && up_to;
  return result;
}

// True where every latency of `later` that is below its bound could still fall into it.
bool goes_beyond(const CategoryClass& later, const CategoryClass& earlier) {
  if (!later.bound_ms) return true;
  if (*later.bound_ms != *earlier.bound_ms) return *later.bound_ms > *earlier.bound_ms;
  return later.inclusive && !earlier.inclusive;
}

void read_classes(RuleFile& file, const YamlNode& node, std::vector<CategoryClass>& out) {
  const std::vector<const YamlNode*> items = read_list(file, node, "'classes'");
  std::vector<CategoryClass> classes;
  std::set<std::string> names;
  for (const YamlNode* item : items) {
    const std::optional<CategoryClass> read = read_class(file, *item);
    if (!read) continue;
    if (!names.insert(read->name).second) file.error(*item, "the class " + shown(read->name) + " is given twice");
    const bool last = item == items.back();
    if (!last && !read->bound_ms) {
      file.error(*item, "only the last class may lack a bound", "give it 'below' or 'up_to'");
    } else if (!classes.empty() && classes.back().bound_ms && !goes_beyond(*read, classes.back())) {
      file.error(*item, "the class " + shown(read->name) + " is never reached", "order classes by their bounds");
    }
    if (last && read->bound_ms) {
      file.error(*item, "the last class must take everything above", "leave its bound out, or add one more class");
    }
    classes.push_back(*read);
  }
  if (items.empty() && node.kind == YamlNode::Kind::kSequence) file.error(node, "'classes' needs at least one class");
  out = std::move(classes);
}

}  // namespace

void read_categories_section(const Sections& sections, CategoryRules& categories) {
  for (const Section& section : sections) {
    MapReader reader(*section.file, section.node(), "'categories'");
    if (reader.has("select")) {
      if (const std::optional<FilterPattern> select = read_pattern(reader, "select")) categories.select = *select;
    }
    if (const YamlNode* classes = reader.find("classes")) read_classes(*section.file, *classes, categories.classes);
    reader.finish();
  }
}

void read_retention_section(const Sections& sections, RuleSet& rules) {
  for (const Section& section : sections) {
    MapReader reader(*section.file, section.node(), "'retention'");
    if (const std::optional<Period> events = reader.period("events")) {
      if (events->ms <= 0) section.file->error(*reader.find("events"), "'events' must be longer than nothing");
      rules.retention = *events;
    }
    reader.finish();
  }
}

}  // namespace tocsin
