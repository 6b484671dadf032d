#include "engine/delivery/silence_set.h"

#include <algorithm>
#include <utility>

namespace tocsin {
namespace {

std::string with_comment(std::string name, const std::string& comment) {
  if (!comment.empty()) name += ": " + comment;
  return name;
}

}  // namespace

bool SilenceSet::set_silences(std::vector<Silence> silences) {
  const auto silence_of = [](const CompiledSilence& one) -> const Silence& { return one.silence; };
  if (std::ranges::equal(silences_, silences, {}, silence_of)) return false;
  silences_.clear();
  for (Silence& silence : silences) {
    CompiledMatchers matchers(silence.matchers);
    silences_.push_back({std::move(silence), std::move(matchers)});
  }
  return true;
}

void SilenceSet::set_maintenance(std::vector<MaintenanceWindow> windows) {
  windows_.clear();
  for (MaintenanceWindow& window : windows) {
    CompiledMatchers matchers(window.matchers);
    windows_.push_back({std::move(window), std::move(matchers)});
  }
}

std::optional<SilenceSet::Hit> SilenceSet::find(const Labels& labels, EventTime time) const {
  const CompiledSilence* silence = nullptr;
  const CompiledWindow* window = nullptr;
  EventTime until;
  for (const CompiledSilence& one : silences_) {
    if (time < one.silence.from || time >= one.silence.until || (silence != nullptr && one.silence.until <= until)) {
      continue;
    }
    if (!one.matchers.matches(labels)) continue;
    silence = &one;
    until = one.silence.until;
  }
  for (const CompiledWindow& one : windows_) {
    const std::optional<EventTime> end = one.window.active_until(time);
    if (!end || ((silence != nullptr || window != nullptr) && *end <= until) || !one.matchers.matches(labels)) continue;
    window = &one;
    until = *end;
  }
  if (window != nullptr) {
    const MaintenanceWindow& found = window->window;
    return Hit{until,
               with_comment("maintenance " + to_text(found.every) + " for " + to_text(found.duration), found.comment)};
  }
  if (silence == nullptr) return std::nullopt;
  return Hit{until, with_comment("silence " + silence->silence.id, silence->silence.comment)};
}

std::string SilenceSet::active(const Labels& labels, EventTime time) const {
  std::optional<Hit> hit = find(labels, time);
  return hit ? std::move(hit->name) : std::string();
}

EventTime SilenceSet::silenced_until(const Labels& labels, EventTime time) const {
  constexpr int kMostInARow = 64;
  for (int i = 0; i < kMostInARow; ++i) {
    const std::optional<Hit> hit = find(labels, time);
    if (!hit) break;
    time = hit->until;
  }
  return time;
}

}  // namespace tocsin
