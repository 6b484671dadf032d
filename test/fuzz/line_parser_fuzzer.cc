// Any bytes as a log file, in every format: the first byte chooses the format, the second where the file is split into
// two batches. Lines must add up, views must lie within the file, and the split must not matter.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/ensure.h"
#include "engine/event/line_parser.h"
#include "engine/event/ordered_events.h"

namespace {

using namespace tocsin;

FieldPath path(std::string_view text) {
  FieldPath out;
  ENSURE(parse_field_path(text, out));
  return out;
}

std::unique_ptr<LineParser> parser_of(LineFormat format) {
  const EventFields fields{.timestamp = {path("ts"), path("a.t")},
                           .level = {path("level")},
                           .message = {path("msg")},
                           .latency = {{path("dur"), TimeUnit::kMicroseconds}},
                           .trace = {path("trace")},
                           .upstream = {path("caller")},
                           .service = {path("service")}};
  Projection projection;
  for (const std::string_view text : {"a", "a.b", "a[1].c", "status", "@latency", "@timestamp"})
    projection.add(path(text));
  return make_line_parser({.format = format, .default_service = "file", .max_line = 512}, fields, projection);
}

std::shared_ptr<ParsedBatch> parse(const LineParser& parser, std::string_view file, std::size_t begin,
                                   std::size_t end) {
  auto batch = std::make_shared<ParsedBatch>();
  batch->raw = {
      .first_offset = begin, .bytes = std::string(file.substr(begin, end - begin)), .last = end == file.size()};
  parser.parse(*batch);
  ENSURE(batch->lines == batch->events.size() + batch->dead.size());
  return batch;
}

std::string run(OrderedEvents& ordered, std::string_view file) {
  std::string out;
  for (; !ordered.ended(); ordered.pop()) {
    const OrderedEvents::Item item = ordered.front();
    ENSURE((item.event != nullptr) != (item.dead != nullptr));
    const LineOrigin& origin = item.event != nullptr ? item.event->origin : item.dead->origin;
    const std::string_view raw = item.event != nullptr ? item.event->raw : item.dead->raw;
    ENSURE(file.substr(origin.offset, raw.size()) == raw);
    out += std::to_string(origin.line) + (item.event != nullptr ? " event " : " dead ");
    if (item.dead != nullptr) {
      out += to_text(item.dead->reason);
      continue;
    }
    out += std::to_string(item.event->time.ms) + to_text(item.event->level).data();
    out.append(item.event->service).append(item.event->message);
    for (const FieldValue& value : item.event->fields) out.append(value.text);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static const std::unique_ptr<LineParser> kParsers[] = {
      parser_of(LineFormat::kNdjson),   parser_of(LineFormat::kSyslog3164), parser_of(LineFormat::kSyslog5424),
      parser_of(LineFormat::kCombined), parser_of(LineFormat::kLogfmt),     parser_of(LineFormat::kPlain)};
  const LineParser& parser = *kParsers[data[0] % 6];
  const std::string_view file(reinterpret_cast<const char*>(data) + 2, size - 2);
  detect_line_format(file);

  const OrderedEvents::Options options{.lacks_year = true, .reference = {1'700'000'000'000}};
  OrderedEvents whole(options);
  whole.push(parse(parser, file, 0, file.size()));
  const std::string expected = run(whole, file);

  const std::size_t newline = file.find('\n', std::min<std::size_t>(data[1], file.size()));
  const std::size_t split = newline == std::string_view::npos ? file.size() : newline + 1;
  OrderedEvents halves(options);
  halves.push(parse(parser, file, 0, split));
  if (split < file.size()) halves.push(parse(parser, file, split, file.size()));
  ENSURE(run(halves, file) == expected);
  return 0;
}
