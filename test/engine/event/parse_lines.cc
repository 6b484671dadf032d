#include "test/engine/event/parse_lines.h"

#include "engine/base/ensure.h"
#include "engine/base/text.h"

namespace tocsin::test {

FieldPath path(std::string_view text) {
  FieldPath out;
  ENSURE(parse_field_path(text, out));
  return out;
}

EventFields usual_fields() {
  return {.timestamp = {path("ts"), path("time"), path("meta.at")},
          .level = {path("level"), path("severity")},
          .message = {path("msg"), path("message")},
          .latency = {{path("latency_ms")},
                      {path("dur_us"), TimeUnit::kMicroseconds},
                      {path("dur_ns"), TimeUnit::kNanoseconds},
                      {path("request_time"), TimeUnit::kSeconds}},
          .trace = {path("trace_id")},
          .upstream = {path("caller")},
          .service = {path("service"), path("app")}};
}

std::unique_ptr<LineParser> make_parser(const ParseSetup& setup) {
  Projection projection;
  for (const std::string& text : setup.projection) projection.add(path(text));
  return make_line_parser(
      {.format = setup.format, .default_service = "file", .max_line = setup.max_line, .zone_offset = setup.zone_offset},
      setup.fields, projection);
}

std::shared_ptr<ParsedBatch> parse_text(std::string_view text, const ParseSetup& setup) {
  auto batch = std::make_shared<ParsedBatch>();
  batch->raw.bytes = text;
  batch->raw.last = true;
  batch->raw.dropped_bytes = setup.dropped_bytes;
  make_parser(setup)->parse(*batch);
  return batch;
}

namespace {

std::string describe_field(const FieldValue& value) {
  switch (value.kind) {
    case FieldKind::kAbsent:
      return "-";
    case FieldKind::kNull:
      return "null";
    case FieldKind::kBoolean:
      return value.truth ? "true" : "false";
    case FieldKind::kNumber:
      return "number " + number_text(value.number) + " '" + std::string(value.text) + "'";
    case FieldKind::kText:
      return "text '" + std::string(value.text) + "'";
    case FieldKind::kCompound:
      return value.truth ? "compound with null" : "compound";
  }
  return "?";
}

}  // namespace

std::string describe(const LogEvent& event) {
  std::string out = to_iso8601(event.time);
  out += " " + (event.level == Level::kNone ? "-" : std::string(to_text(event.level)));
  out += " " + std::string(event.service) + " | " + std::string(event.message);
  if (event.has_latency()) out += " | latency=" + number_text(event.latency_ms);
  if (!event.trace.empty()) out += " | trace=" + std::string(event.trace);
  if (!event.upstream.empty()) out += " | upstream=" + std::string(event.upstream);
  if (event.truncated) out += " | truncated";
  for (const FieldValue& value : event.fields) out += " | " + describe_field(value);
  return out;
}

std::string describe(const DeadLetter& letter) {
  return "dead " + std::string(to_text(letter.reason));
}

std::vector<std::string> describe(const ParsedBatch& batch) {
  std::vector<std::string> out;
  std::size_t dead = 0;
  for (std::size_t i = 0; i <= batch.events.size(); ++i) {
    for (; dead < batch.dead.size() && batch.dead[dead].before == i; ++dead)
      out.push_back(describe(batch.dead[dead].letter));
    if (i < batch.events.size()) out.push_back(describe(batch.events[i]));
  }
  return out;
}

}  // namespace tocsin::test
