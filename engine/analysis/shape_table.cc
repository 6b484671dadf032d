#include "engine/analysis/shape_table.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "engine/analysis/message_shape.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostSample = 1024;
// With less time than this before the onset, nothing can be called new.
constexpr Period kLeastHistory = Period::minutes(2);

// Warnings tell less than errors; a line without a level was chosen by its text, so it counts in full.
double weight_of(Level level) {
  switch (level) {
    case Level::kNone:
    case Level::kError:
    case Level::kFatal:
      return 1;
    case Level::kTrace:
    case Level::kDebug:
    case Level::kInfo:
    case Level::kWarn:
      return 0.2;
  }
  return 1;
}

// The excess over what is expected, beyond one and a half standard deviations of a Poisson count, in units of its
// deviation and on a logarithmic scale: the tenth thousand of the same message tells little more than the first.
double growth_of(const ShapeGroup& group) {
  const double deviation = std::sqrt(group.expected);
  const double excess = static_cast<double>(group.after) - group.expected - 1.5 * deviation - 0.5;
  if (excess <= 0) return 0;
  const double surprise = excess / std::sqrt(group.expected + 1) * (group.is_new ? 1.5 : 1);
  return 3 * std::log1p(surprise) * weight_of(group.level);
}

}  // namespace

ShapeGroup& ShapeTable::group_of(const CategorizedEvent& event) {
  message_shape(event.message, shape_);
  const auto named = mentions_.named_in(event.message, event.service);
  const std::string_view blames = named ? std::string_view(mentions_.services()[*named]) : std::string_view();
  // NUL can't occur in a shape, and lengths need no mark then.
  key_.assign(shape_).push_back('\0');
  key_.append(blames).push_back('\0');
  key_.append(event.service);
  const auto [place, is_new] = places_.try_emplace(key_, groups_.size());
  if (is_new)
    groups_.push_back({.service = std::string(event.service), .shape = shape_, .blames = std::string(blames)});
  ShapeGroup& group = groups_[place->second];
  group.level = std::max(group.level, event.level);
  return group;
}

void ShapeTable::add_before(const CategorizedEvent& event) {
  ++group_of(event).before;
}

void ShapeTable::add_after(const CategorizedEvent& event) {
  ShapeGroup& group = group_of(event);
  if (group.after++ == 0) {
    group.first = event.time;
    group.sample = stored_text(event.message, kMostSample);
    group.sample_origin = event.origin;
  }
  group.last = std::max(group.last, event.time);
}

std::vector<ShapeGroup> ShapeTable::finish(const ShapeSpans& spans) {
  std::vector<ShapeGroup> groups = std::exchange(groups_, {});
  places_.clear();
  std::erase_if(groups, [](const ShapeGroup& group) { return group.after == 0; });
  // Less than a minute of history says nothing about a rate: then nothing is expected to be more than it was.
  const double ratio = spans.before < Period::minutes(1)
                           ? 1
                           : static_cast<double>(spans.after.ms) / static_cast<double>(spans.before.ms);
  for (ShapeGroup& group : groups) {
    group.expected = static_cast<double>(group.before) * ratio;
    group.is_new = group.before == 0 && spans.before >= kLeastHistory;
    group.growth = growth_of(group);
  }
  std::ranges::sort(groups, [](const ShapeGroup& a, const ShapeGroup& b) {
    return std::tie(b.growth, b.after, a.service, a.shape, a.blames) <
           std::tie(a.growth, a.after, b.service, b.shape, b.blames);
  });
  return groups;
}

}  // namespace tocsin
