#include "engine/event/line_parser.h"

#include "engine/event/line_parsers.h"

namespace tocsin {

std::unique_ptr<LineParser> make_line_parser(const LineParserOptions& options, const EventFields& fields,
                                             const Projection& projection) {
  if (options.format == LineFormat::kNdjson) return make_json_line_parser(options, fields, projection);
  return make_text_line_parser(options, fields, projection);
}

bool lacks_year(LineFormat format) {
  return format == LineFormat::kSyslog3164;
}

}  // namespace tocsin
