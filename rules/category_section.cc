#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/text.h"
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

namespace {

// "10GB", "500 MB", "2GiB", a bare number of bytes: of what a disk holds, so 1 GB is 10^9 bytes.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},     {"B", 1},     {"kB", 1e3},     {"KB", 1e3},        {"MB", 1e6},
      {"GB", 1e9}, {"TB", 1e12}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}};
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::optional<double> number = parse_number(text.substr(0, end));
  std::string_view unit = text.substr(end);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& known : kUnits) {
    if (!number || unit != known.first) continue;
    const double bytes = *number * known.second;
    if (bytes < 0 || bytes > 1e18) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
  }
  return std::nullopt;
}

// Smaller ones could not hold what the engine itself remembers.
constexpr std::uint64_t kSmallestDatabase = 10'000'000;

void read_size(MapReader& reader, RuleSet& rules) {
  const std::optional<std::string> text = reader.text("size");
  if (!text) return;
  const std::optional<std::uint64_t> size = parse_size(*text);
  if (!size) {
    reader.file().error(*reader.find("size"), "'size' must be a size such as 10GB, not '" + *text + "'");
  } else if (*size < kSmallestDatabase) {
    reader.file().error(*reader.find("size"), "'size' must be at least 10MB");
  } else {
    rules.max_database_bytes = *size;
  }
}

}  // namespace

void read_retention_section(const Sections& sections, RuleSet& rules) {
  for (const Section& section : sections) {
    MapReader reader(*section.file, section.node(), "'retention'");
    if (const std::optional<Period> events = reader.period("events")) {
      if (events->ms <= 0) section.file->error(*reader.find("events"), "'events' must be longer than nothing");
      rules.retention = *events;
    }
    read_size(reader, rules);
    reader.finish();
  }
}

}  // namespace tocsin
