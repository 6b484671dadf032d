// The three date formats of HTTP (RFC 9110, section 5.6.7).
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/time.h"

namespace tocsin {

// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or "Sun Nov  6 08:49:37 1994". A year of two digits
// is the one nearest to `now` that is not more than 50 years ahead of it.
std::optional<EventTime> parse_http_date(std::string_view text, EventTime now);

}  // namespace tocsin
