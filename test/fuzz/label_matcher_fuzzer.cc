// Matchers of silences and schedules of maintenance windows, as users type them: whatever can be read can be printed
// and read again, and matching never fails.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/ensure.h"
#include "engine/delivery/maintenance_window.h"
#include "engine/delivery/silence.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string problem;
  if (const auto matcher = tocsin::parse_label_matcher(text, problem)) {
    const auto again = tocsin::parse_label_matcher(to_text(*matcher), problem);
    ENSURE(again && again->name == matcher->name && again->kind == matcher->kind && again->value == matcher->value);
    tocsin::matches({*matcher}, {{matcher->name, std::string(text)}, {"service", "payment"}});
  } else {
    ENSURE(!problem.empty());
  }
  if (const auto schedule = tocsin::parse_weekly_schedule(text, problem)) {
    const auto again = tocsin::parse_weekly_schedule(to_text(*schedule), problem);
    ENSURE(again && again->days == schedule->days && again->time_of_day == schedule->time_of_day);
  }
  return 0;
}
