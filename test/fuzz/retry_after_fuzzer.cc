// Retry-After and Date as a receiver may send them: two lines, the second optional.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/ensure.h"
#include "engine/delivery/base64.h"
#include "engine/delivery/retry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view retry_after = text.substr(0, end);
  const std::string_view date = text.substr(std::min(end + 1, text.size()));
  const tocsin::EventTime now{1'795'000'000'000};
  const auto wait = tocsin::parse_retry_after(retry_after, date, now);
  if (wait) ENSURE(*wait >= tocsin::Period{} && *wait <= tocsin::Period::hours(24));
  tocsin::AttemptOutcome outcome;
  outcome.status = 429;
  outcome.retry_after = retry_after;
  outcome.date = date;
  const auto decision =
      tocsin::decide_retry({}, {.outcome = outcome, .attempt = 1, .created = now, .now = now, .random = 0.5});
  ENSURE(decision.step == tocsin::DeliveryStep::kRetry && decision.at >= now);
  if (wait) ENSURE(decision.at >= now + *wait);
  if (const auto bytes = tocsin::decode_base64(text)) {
    ENSURE(tocsin::decode_base64(tocsin::encode_base64(*bytes)) == bytes);
  }
  return 0;
}
