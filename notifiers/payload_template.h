// Renders a contact point's payload template: a tree of JSON whose texts hold expressions (template_text.h). The result
// is a tree again, so it is always valid JSON, whatever a log line held.
//
// A text that is one expression and nothing else becomes the value itself, of whatever type; what is not there is null
// there, and empty within a longer text. {"$for": "data.services", "as": "s", "limit": 10, "do": …} becomes a list of
// one `do` for each item. Bounded: once the output has reached its cap, loops end and values are left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/delivery/notification.h"
#include "notifiers/fitted_text.h"

namespace tocsin {

struct RenderedPayload {
  std::string json;
  std::vector<std::string> missing;  // paths that found nothing, each once, in order
  bool cut = false;                  // the cap was reached
};

// `tree` is JSON text that the rules loader has checked; what is wrong in it all the same is rendered as it is written.
// `escape`: how the characters of values are written for a service that would read something into them; the template's
// own text is left as it is.
RenderedPayload render_payload(std::string_view tree, const Notification& notification,
                               EscapeCharacter escape = nullptr);

inline constexpr std::size_t kMaxRenderedBytes = 196'608;

}  // namespace tocsin
