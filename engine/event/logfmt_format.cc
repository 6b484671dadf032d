// key=value pairs between blanks: ts=2023-01-29T17:20:11Z level=info msg="user \"x\" came" dur_ms=12 retry
#include <cstring>

#include "engine/event/json_scalar.h"
#include "engine/event/text_format.h"
#include "engine/event/text_scan.h"

namespace tocsin {
namespace {

class LogfmtFormat : public TextFormat {
 public:
  explicit LogfmtFormat(const TextFieldNames& names) : names_(names) {}

  std::optional<DeadReason> read(std::string_view text, TextLine& line) const override {
    bool has_pair = false;
    skip_blanks(text);
    while (!text.empty()) {
      const std::size_t size = std::min(text.find_first_of("= \t"), text.size());
      const std::string_view key = text.substr(0, size);
      text.remove_prefix(size);
      if (!take_char(text, '=')) {  // a word without a value is a flag
        const std::uint32_t field = names_.number(key);
        if (field != FieldTrie::kNone) line.values[field] = {.kind = FieldKind::kBoolean, .truth = true};
        skip_blanks(text);
        continue;
      }
      has_pair = has_pair || !key.empty();
      read_value(text, names_.number(key), line);
      skip_blanks(text);
    }
    if (!has_pair) return DeadReason::kUnparsed;
    return std::nullopt;
  }

 private:
  static void read_value(std::string_view& text, std::uint32_t field, TextLine& line) {
    if (text.empty() || text.front() != '"') {
      line.offer_number(field, take_token(text));
      return;
    }
    std::size_t end = 1;
    bool has_escape = false;
    for (; end < text.size() && text[end] != '"'; ++end) {
      if (text[end] != '\\') continue;
      has_escape = true;
      ++end;
    }
    end = std::min(end, text.size());  // a quote that nobody closes ends with the line
    const std::string_view inside = text.substr(1, end - 1);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field == FieldTrie::kNone) return;
    line.offer(field, has_escape ? unescaped(inside, line.arena) : inside);
  }

  // Most writers escape as JSON does; what is no such escape stays as it is.
  static std::string_view unescaped(std::string_view inside, BatchArena& arena) {
    char* room = arena.room(inside.size());
    std::size_t size = 0;
    return unescape_json(inside, room, size) ? arena.keep(room, size) : inside;
  }

  const TextFieldNames& names_;
};

void add(std::vector<FieldPath>& candidates, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) candidates.push_back({{std::string(name)}});
}

}  // namespace

std::unique_ptr<TextFormat> make_logfmt_format(const TextFieldNames& names) {
  return std::make_unique<LogfmtFormat>(names);
}

void add_logfmt_candidates(EventFields& fields) {
  add(fields.timestamp, {"ts", "time", "timestamp", "t"});
  add(fields.level, {"level", "lvl", "severity"});
  add(fields.message, {"msg", "message"});
}

}  // namespace tocsin
