// A payload's template and the payload that it renders: two lines of JSON; a single line is a template's text. The
// result is always valid JSON of bounded size.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/base/ensure.h"
#include "engine/base/text.h"
#include "engine/delivery/mailbox.h"
#include "engine/delivery/template_text.h"
#include "notifiers/payload_json.h"
#include "notifiers/payload_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view first = text.substr(0, end);
  tocsin::TemplateFault fault;
  if (!tocsin::parse_template(first, fault)) ENSURE(fault.offset <= first.size() && !fault.message.empty());
  tocsin::Notification notification;
  notification.id = "evt_1";
  notification.payload = text.substr(std::min(end + 1, text.size()));
  // The text as the one leaf of a tree, and as a tree.
  const std::string leaf = tocsin::json_string(first);
  for (const std::string_view tree : {std::string_view(leaf), first}) {
    const tocsin::RenderedPayload rendered = tocsin::render_payload(tree, notification);
    ENSURE(nlohmann::json::accept(rendered.json));
    ENSURE(rendered.json.size() <= 8 * tocsin::kMaxRenderedBytes);
  }
  ENSURE(nlohmann::json::accept(tocsin::shortened_payload(notification.payload + std::string(2000, ' '), 500)));
  if (const auto box = tocsin::parse_mailbox(first)) ENSURE(box->address.find_first_of("\r\n <>") == std::string::npos);
  return 0;
}
