// Shared by the tests of the parsers: parses a text and shows what came of it as lines of text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/event_fields.h"
#include "engine/event/line_parser.h"

namespace tocsin::test {

FieldPath path(std::string_view text);
EventFields usual_fields();

struct ParseSetup {
  LineFormat format = LineFormat::kNdjson;
  EventFields fields = usual_fields();
  std::vector<std::string> projection;
  std::size_t max_line = 1 << 20;
  Period zone_offset;
  std::uint64_t dropped_bytes = 0;
};

std::unique_ptr<LineParser> make_parser(const ParseSetup& setup);
// One batch, which is the whole file; the default service is "file".
std::shared_ptr<ParsedBatch> parse_text(std::string_view text, const ParseSetup& setup = {});
// "2023-01-29T17:20:11.371Z ERROR payment | message" and, where there are, " | latency=12", "trace=", "upstream=", then
// the projected fields: "number 12", "text 'x'", "null", "true", "compound" (of an array with a null: "compound with
// null"), "-" for absent. A dead letter is "dead broken_json".
std::string describe(const LogEvent& event);
std::string describe(const DeadLetter& letter);
// All lines of a batch in file order.
std::vector<std::string> describe(const ParsedBatch& batch);

}  // namespace tocsin::test
