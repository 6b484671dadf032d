// The frame around the text formats: lines, bytes that no event may have, and the event made of what a format read.
#include <algorithm>
#include <cstring>

#include "engine/base/ensure.h"
#include "engine/event/event_plan.h"
#include "engine/event/json_scalar.h"
#include "engine/event/json_structure.h"
#include "engine/event/line_cursor.h"
#include "engine/event/line_parsers.h"
#include "engine/event/text_format.h"

namespace tocsin {
namespace {

bool has_nul(std::string_view text) {
  return std::memchr(text.data(), '\0', text.size()) != nullptr;
}

EventFields candidates_of(LineFormat format, const EventFields& fields) {
  EventFields out = fields;
  if (format == LineFormat::kLogfmt) add_logfmt_candidates(out);
  return out;
}

std::unique_ptr<TextFormat> make_format(const LineParserOptions& options, const TextFieldNames& names) {
  switch (options.format) {
    case LineFormat::kNdjson:
      break;
    case LineFormat::kSyslog3164:
      return make_syslog3164_format(names, options.zone_offset);
    case LineFormat::kSyslog5424:
      return make_syslog5424_format(names, options.zone_offset);
    case LineFormat::kCombined:
      return make_combined_format(names, options.zone_offset);
    case LineFormat::kLogfmt:
      return make_logfmt_format(names);
    case LineFormat::kPlain:
      return make_plain_format(names, options.zone_offset);
  }
  ENSURE(options.format != LineFormat::kNdjson);
  return nullptr;
}

class TextLineParser : public LineParser {
 public:
  TextLineParser(const LineParserOptions& options, const EventFields& fields, const Projection& projection)
      : max_line_(options.max_line),
        plan_(options, candidates_of(options.format, fields), projection),
        names_(plan_.paths()),
        format_(make_format(options, names_)) {}

  void parse(ParsedBatch& batch) const override {
    batch.events.clear();
    batch.dead.clear();
    batch.lines = 0;
    const BatchScope scope = plan_.begin(batch);
    batch.events.reserve(batch.raw.bytes.size() / 256 + 16);
    std::vector<FieldValue> values(plan_.size());
    // Most batches are clean; only in the others is each line looked at.
    const bool clean = !has_nul(batch.raw.bytes) && is_valid_utf8_fast(batch.raw.bytes);
    LineCursor cursor(batch.raw, max_line_);
    Line line;
    while (cursor.next(line)) {
      ++batch.lines;
      std::ranges::fill(values, FieldValue{});
      LogEvent& event = batch.events.emplace_back();
      event.raw = line.text;
      event.origin = line.origin;
      event.truncated = line.truncated;
      const std::optional<DeadReason> reason = parse_line(line.text, clean, scope, {event, false, values, scope.arena});
      if (!reason) continue;
      batch.events.pop_back();
      batch.dead.push_back({batch.events.size(), {.reason = *reason, .origin = line.origin, .raw = line.text}});
    }
  }

 private:
  std::optional<DeadReason> parse_line(std::string_view text, bool clean, BatchScope scope, TextLine line) const {
    if (is_blank_line(text)) return DeadReason::kEmpty;
    if (!clean && has_nul(text)) return DeadReason::kNulByte;
    if (!clean && !is_valid_utf8_fast(text)) return DeadReason::kInvalidUtf8;
    if (const std::optional<DeadReason> reason = format_->read(text, line)) return reason;
    names_.fill_aliases(line.values);
    return plan_.finish(line.values, line.has_time, scope, line.event);
  }

  std::size_t max_line_;
  EventPlan plan_;
  TextFieldNames names_;
  std::unique_ptr<TextFormat> format_;
};

std::string flat_name(const FieldPath& path) {
  std::string name;
  for (const FieldPath::Step& step : path.steps) {
    const auto* key = std::get_if<std::string>(&step);
    if (key == nullptr) {
      name += "[" + std::to_string(std::get<std::uint32_t>(step)) + "]";
    } else {
      name += (name.empty() ? "" : ".") + *key;
    }
  }
  return name;
}

std::vector<FieldPath> flat_paths(const std::vector<FieldPath>& paths) {
  std::vector<FieldPath> out;
  out.reserve(paths.size());
  for (const FieldPath& path : paths) out.push_back({{flat_name(path)}});
  return out;
}

}  // namespace

void TextLine::offer_number(std::uint32_t field, std::string_view text) {
  if (field == FieldTrie::kNone) return;
  if (is_json_number(text)) {
    values[field] = number_field(text);
  } else {
    offer(field, text);
  }
}

TextFieldNames::TextFieldNames(const std::vector<FieldPath>& paths) : trie_(flat_paths(paths)) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::uint32_t first = number(flat_name(paths[i]));
    if (first != i) aliases_.emplace_back(first, i);
  }
}

void TextFieldNames::fill_aliases(std::vector<FieldValue>& values) const {
  for (const auto& [from, to] : aliases_) values[to] = values[from];
}

std::unique_ptr<LineParser> make_text_line_parser(const LineParserOptions& options, const EventFields& fields,
                                                  const Projection& projection) {
  return std::make_unique<TextLineParser>(options, fields, projection);
}

}  // namespace tocsin
