// The parser of each line format, for make_line_parser().
#pragma once

#include <memory>

#include "engine/event/line_parser.h"

namespace tocsin {

std::unique_ptr<LineParser> make_json_line_parser(const LineParserOptions& options, const EventFields& fields,
                                                  const Projection& projection);
// All formats but NDJSON.
std::unique_ptr<LineParser> make_text_line_parser(const LineParserOptions& options, const EventFields& fields,
                                                  const Projection& projection);

}  // namespace tocsin
