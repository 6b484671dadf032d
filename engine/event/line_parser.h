// Turns the lines of one file into events. One parser per file and format; constant after construction, so any number
// of threads may call parse() at once on different batches. What depends on earlier lines (the year of a syslog stamp,
// a jump of a clock) is not decided here but by the OrderedEvents that consumes the batches in order.
#pragma once

#include <memory>
#include <string>

#include "engine/base/time.h"
#include "engine/event/event_fields.h"
#include "engine/event/line_format.h"
#include "engine/event/parsed_batch.h"
#include "engine/event/projection.h"

namespace tocsin {

struct LineParserOptions {
  LineFormat format = LineFormat::kNdjson;
  std::string default_service;     // of an event that names none: from the file's name
  std::size_t max_line = 1 << 20;  // bytes; longer lines are cut and marked
  Period zone_offset;              // of a time stamp without a zone: local time minus UTC
};

class LineParser {
 public:
  virtual ~LineParser() = default;
  // Fills events, dead, lines and arena from batch.raw. Lines end in LF or CRLF; a BOM at the file's first byte is
  // skipped. The events of a format whose stamps have no year (kSyslog3164) carry the year 1972; see YearResolver.
  virtual void parse(ParsedBatch& batch) const = 0;
};

// `fields` and `projection` are copied; `projection` must be complete.
std::unique_ptr<LineParser> make_line_parser(const LineParserOptions& options, const EventFields& fields,
                                             const Projection& projection);

// True where the format's stamps name no year.
bool lacks_year(LineFormat format);

}  // namespace tocsin
