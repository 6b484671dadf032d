#include <algorithm>

#include "engine/event/timestamp.h"
#include "rules/rule_sections.h"

namespace tocsin {
namespace {

constexpr std::string_view kExample = R"(- {type: tail, paths: ["/var/log/shop/*.log"]})";
constexpr int kLongestLine = 64 << 20;

struct TypeRow {
  std::string_view name;
  SourceType type;
};
constexpr TypeRow kTypes[] = {{"tail", SourceType::kTail},
                              {"stdin", SourceType::kStdin},
                              {"syslog", SourceType::kSyslog},
                              {"journald", SourceType::kJournald}};

// One source while it is read.
class SourceReader {
 public:
  SourceReader(RuleFile& file, const YamlNode& node) : file_(file), reader_(file, node, "a source") {}

  std::optional<SourceDefinition> read() {
    if (!reader_.valid() || !read_type()) return std::nullopt;
    switch (source_.type) {
      case SourceType::kTail:
        source_.paths = texts("paths", true);
        source_.exclude = texts("exclude", false);
        read_from();
        break;
      case SourceType::kSyslog:
        source_.listen = texts("listen", true);
        check_addresses();
        break;
      case SourceType::kJournald:
        source_.units = texts("units", false);
        read_from();
        break;
      case SourceType::kStdin:
        break;
    }
    source_.name = reader_.text("name").value_or(own_name());
    source_.service = reader_.text("service").value_or("");
    read_format();
    read_zone();
    source_.max_line = static_cast<std::size_t>(reader_.whole_number("max_line", 1024, kLongestLine).value_or(1 << 20));
    reader_.finish();
    return std::move(source_);
  }

 private:
  bool read_type() {
    const std::optional<std::string> type = reader_.required_text("type");
    if (!type) return false;
    const auto* row = std::ranges::find(kTypes, *type, &TypeRow::name);
    if (row != std::end(kTypes)) {
      source_.type = row->type;
      return true;
    }
    std::vector<std::string_view> names;
    for (const TypeRow& known : kTypes) names.push_back(known.name);
    file_.error(*reader_.find("type"), "unknown type of source " + shown(*type), suggestion(*type, names));
    return false;
  }

  std::vector<std::string> texts(std::string_view key, bool required) {
    std::vector<std::string> values;
    const YamlNode* node = required ? reader_.require(key) : reader_.find(key);
    if (node == nullptr) return values;
    const std::string what = "'" + std::string(key) + "'";
    for (const YamlNode* item : read_list(file_, *node, what)) {
      std::optional<std::string> text = read_text(file_, *item, what);
      if (!text) continue;
      if (text->empty()) {
        file_.error(*item, what + " has an empty entry");
      } else {
        values.push_back(std::move(*text));
      }
    }
    if (required && values.empty() && node->kind == YamlNode::Kind::kSequence && node->items.empty()) {
      file_.error(*node, what + " is empty");
    }
    return values;
  }

  void check_addresses() {
    const YamlNode* node = reader_.find("listen");
    for (const std::string& address : source_.listen) {
      const bool scheme = address.starts_with("udp://") || address.starts_with("tcp://");
      const std::size_t colon = address.rfind(':');
      const std::string port = address.substr(colon + 1);
      const bool number =
          !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
      if (scheme && colon > 6 && number && std::stoi(port) <= 65'535) continue;
      file_.error(*node, "'listen' has " + shown(address) + ", which is no address to listen on",
                  "such as udp://127.0.0.1:5514 or tcp://[::1]:5514");
    }
  }

  void read_from() {
    const std::optional<std::string> from = reader_.text("from");
    if (!from || *from == "beginning") return;
    if (*from == "end") {
      source_.from = SourceDefinition::From::kEnd;
      return;
    }
    const std::optional<EventTime> time = parse_timestamp(*from, Period{});
    if (!time) {
      file_.error(*reader_.find("from"), "'from' must be beginning, end or a time, not " + shown(*from),
                  "such as 2026-11-20T10:00:00Z");
      return;
    }
    source_.from = SourceDefinition::From::kTime;
    source_.from_time = *time;
  }

  void read_format() {
    const std::optional<std::string> format = reader_.text("format");
    if (!format || *format == "auto") return;
    source_.format = parse_line_format(*format);
    if (!source_.format) {
      file_.error(*reader_.find("format"), "there is no format " + shown(*format),
                  suggestion(*format, {"auto", "ndjson", "syslog3164", "syslog5424", "combined", "logfmt", "plain"}));
    }
  }

  void read_zone() {
    const std::optional<std::string> zone = reader_.text("zone");
    if (!zone) return;
    const std::optional<Period> offset = parse_zone_offset(*zone);
    if (!offset) {
      file_.error(*reader_.find("zone"), "'zone' must be an offset, not " + shown(*zone), "such as +02:00");
      return;
    }
    source_.zone_offset = *offset;
  }

  // What a source is called where its user gives no name: checkpoints are kept under it, so it must not change while
  // the source stays the same.
  std::string own_name() const {
    std::string name;
    for (const TypeRow& row : kTypes) {
      if (row.type == source_.type) name = row.name;
    }
    for (const auto* list : {&source_.paths, &source_.listen, &source_.units}) {
      for (const std::string& entry : *list) name += " " + entry;
    }
    return name;
  }

  RuleFile& file_;
  MapReader reader_;
  SourceDefinition source_;
};

}  // namespace

void read_sources_section(const Sections& sections, std::vector<SourceDefinition>& sources) {
  std::set<std::string> names;
  for (const Section& section : sections) {
    for (const YamlNode* item : list_items(section, kExample)) {
      const std::size_t errors = section.file->diagnostics().error_count();
      std::optional<SourceDefinition> source = SourceReader(*section.file, *item).read();
      if (!source || section.file->diagnostics().error_count() > errors) continue;
      if (!names.insert(source->name).second) {
        section.file->error(*item, "there are two sources named " + shown(source->name),
                            "give one of them another 'name'");
        continue;
      }
      sources.push_back(std::move(*source));
    }
  }
}

}  // namespace tocsin
