#include "engine/analysis/onset.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace tocsin {
namespace {

// Minutes from 0, one word each: "events/errors/latency", or "events/errors", or "_" for a minute without an entry.
ServiceActivity activity(const std::string& text) {
  ServiceActivity result{.service = "a"};
  std::istringstream words(text);
  std::string word;
  for (int minute = 0; words >> word; ++minute) {
    if (word == "_") continue;
    unsigned long events = 0, errors = 0;
    double latency = 10;
    std::sscanf(word.c_str(), "%lu/%lu/%lf", &events, &errors, &latency);
    result.minutes.push_back({.start = EventTime{} + Period::minutes(minute),
                              .events = events,
                              .errors = errors,
                              .latency_sum_ms = latency * static_cast<double>(events),
                              .latency_count = events,
                              .latency_max_ms = latency});
  }
  return result;
}

std::string repeated(int n, const std::string& word) {
  std::string text;
  for (int i = 0; i < n; ++i) text += word + " ";
  return text;
}

// "errors@12 40/1" (start minute, worst/usual), in the order errors, latency, silence.
std::string text_of(const ServiceOnset& onset) {
  std::ostringstream text;
  const auto add = [&](const char* name, const std::optional<OnsetSign>& sign) {
    if (sign) text << name << "@" << sign->at.ms / 60'000 << " " << sign->observed << "/" << sign->usual << " ";
  };
  add("errors", onset.errors);
  add("latency", onset.latency);
  add("silence", onset.silence);
  return text.str() + (onset.has_baseline ? "" : "(no baseline)");
}

TEST(Onset, IsTheFirstMinuteOfTheAbnormalRun) {
  const struct {
    const char* what;
    std::string minutes;
    int from, to;
    std::string onset;
  } cases[] = {
      {"calm", repeated(20, "100/1"), 10, 20, ""},
      {"errors appear", repeated(12, "100/0") + repeated(8, "100/30"), 10, 20, "errors@12 30/0 "},
      {"errors grow", repeated(6, "100/2 100/4") + repeated(8, "100/30"), 10, 20, "errors@12 30/4 "},
      {"two stray errors are none", repeated(12, "100/0") + repeated(8, "100/2"), 10, 20, ""},
      {"the run may pause", repeated(12, "100/0") + "100/9 100/0 100/0 100/9 100/9", 10, 17, "errors@12 9/0 "},
      {"a long pause ends it", repeated(11, "100/0") + "100/5 " + repeated(5, "100/0") + "100/9", 10, 18,
       "errors@17 9/0 "},
      {"the worst run counts", repeated(11, "100/0") + "100/50 " + repeated(5, "100/0") + "100/9", 10, 18,
       "errors@11 50/0 "},
      {"more traffic, same rate", repeated(12, "100/5") + repeated(8, "1000/50"), 10, 20, ""},
      {"what began before the window is usual", repeated(4, "100/0") + repeated(16, "100/30"), 10, 20, ""},
      {"an odd bad minute before", repeated(5, "100/0") + "100/80 " + repeated(6, "100/0") + repeated(4, "100/9"), 10,
       16, "errors@12 9/0 "},
      {"latency", repeated(12, "100/0/20") + repeated(4, "100/0/200"), 10, 16, "latency@12 200/20 "},
      {"latency a little up", repeated(12, "100/0/20") + repeated(4, "100/0/28"), 10, 16, ""},
      {"latency that always swings", repeated(6, "100/0/20 100/0/200") + repeated(4, "100/0/210"), 10, 16, ""},
      {"both", repeated(12, "100/0/20") + "100/0/200 100/30/200", 10, 14, "errors@13 30/0 latency@12 200/20 "},
      {"silence", repeated(12, "100/0") + repeated(4, "_"), 10, 16, "silence@12 0/100 "},
      {"the running minute is not silent yet", repeated(12, "100/0"), 10, 12, ""},
      {"quiet services do not fall silent", repeated(12, "3/0") + repeated(4, "_"), 10, 16, ""},
      {"traffic in bursts does not fall silent", repeated(6, "100/0 _") + repeated(4, "_"), 10, 16, ""},
      {"no baseline", repeated(4, "100/0") + repeated(4, "100/30"), 0, 8, "errors@4 30/0 (no baseline)"},
      {"before the log began nothing is known", "_ _ _ _ _ _ _ _ 100/30 " + repeated(8, "100/30"), 10, 16,
       "(no baseline)"},
      {"nothing at all", "", 0, 8, "(no baseline)"},
      {"one minute", "100/50", 0, 0, "errors@0 50/0 (no baseline)"},
  };
  for (const auto& c : cases) {
    const ServiceActivity service = activity(c.minutes);
    const OnsetWindow window{.from = EventTime{} + Period::minutes(c.from),
                             .to = EventTime{} + Period::minutes(c.to),
                             .lead = Period{},
                             .baseline = Period::minutes(30),
                             .known_since = service.minutes.empty() ? EventTime{} : service.minutes.front().start};
    EXPECT_EQ(text_of(find_onset(service, window)), c.onset) << c.what;
  }
}

TEST(Onset, MayLieBeforeWhatTheAlarmSawIfItLasted) {
  const OnsetWindow window{.from = EventTime{} + Period::minutes(14),
                           .to = EventTime{} + Period::minutes(17),
                           .lead = Period::minutes(4),
                           .baseline = Period::minutes(30),
                           .known_since = {}};
  const ServiceActivity lasting = activity(repeated(12, "100/0") + repeated(5, "100/30"));
  EXPECT_EQ(text_of(find_onset(lasting, window)), "errors@12 30/0 ");
  const ServiceActivity over = activity(repeated(10, "100/0") + "100/30 100/30 " + repeated(5, "100/0"));
  EXPECT_EQ(text_of(find_onset(over, window)), "");
}

TEST(Onset, StrengthGrowsWithTheDistance) {
  const OnsetWindow window{.from = EventTime{} + Period::minutes(10),
                           .to = EventTime{} + Period::minutes(12),
                           .lead = {},
                           .baseline = Period::minutes(30),
                           .known_since = {}};
  double last = 0;
  for (const char* minute : {"100/3", "100/10", "100/50", "1000/500", "9000/5000"}) {
    const double strength = find_onset(activity(repeated(11, "100/0") + minute), window).strength();
    EXPECT_GT(strength, last) << minute;
    last = strength;
  }
  EXPECT_LT(last, 25);
  EXPECT_EQ(find_onset(activity(repeated(12, "100/0")), window).strength(), 0);
}

TEST(Onset, LatenciesWhoseSumOverflowsAreMerelyLarge) {
  const OnsetWindow window{.from = EventTime{} + Period::minutes(10),
                           .to = EventTime{} + Period::minutes(16),
                           .lead = {},
                           .baseline = Period::minutes(30),
                           .known_since = {}};
  // The sum of a minute is infinite.
  const std::string absurd = "100/0/1e307 ";
  const ServiceOnset onset = find_onset(activity(repeated(12, "100/0/20") + repeated(4, absurd)), window);
  ASSERT_TRUE(onset.latency);
  EXPECT_TRUE(std::isfinite(onset.latency->observed) && std::isfinite(onset.strength()));
  const ServiceOnset usual = find_onset(activity(repeated(16, absurd)), window);
  EXPECT_FALSE(usual.any());
}

TEST(Onset, TheEarliestSignIsTheOnset) {
  ServiceOnset onset;
  onset.errors = OnsetSign{.at = {300}};
  onset.latency = OnsetSign{.at = {200}};
  onset.silence = OnsetSign{.at = {400}};
  EXPECT_EQ(onset.at(), EventTime{200});
}

TEST(Onset, AnEndlessWindowIsBounded) {
  // One entry at each end of thirty thousand years.
  ServiceActivity one = activity("100/0");
  one.minutes.push_back({.start = {INT64_MAX / 10}, .events = 5, .errors = 5});
  const OnsetWindow window{.from = {0}, .to = {INT64_MAX / 10}, .lead = {}, .baseline = Period::minutes(30)};
  EXPECT_EQ(find_onset(one, window).errors->observed, 5);
}

}  // namespace
}  // namespace tocsin
