#include <gtest/gtest.h>

#include "rules/rule_loader.h"

namespace tocsin {
namespace {

const RuleEnvironment kNoWorld = {.variable = [](const std::string&) { return std::optional<std::string>(); },
                                  .read_file = [](const std::string&) { return std::optional<std::string>(); }};

TEST(SilenceSections, AreRead) {
  const LoadedRules loaded = load_rules({{"mine.yaml", R"(
silences:
  - {matchers: [service=payment, 'alarm=~"error-.*"'], from: 2026-12-24T18:00:00Z, until: "2026-12-27 06:00:00+02:00",
     comment: freeze}
maintenance:
  - {matchers: service=batch, every: "MON-FRI 22:30", duration: 1h30m, zone: "+01:00", comment: nightly load}
  - {matchers: [service=batch], every: daily 02:00, duration: 5m}
)"}},
                                        kNoWorld);
  EXPECT_EQ(loaded.diagnostics.render(), "");
  ASSERT_EQ(loaded.rules.silences.size(), 1u);
  const Silence& silence = loaded.rules.silences[0];
  ASSERT_EQ(silence.matchers.size(), 2u);
  EXPECT_EQ(to_text(silence.matchers[0]), "service=\"payment\"");
  EXPECT_EQ(to_text(silence.matchers[1]), "alarm=~\"error-.*\"");
  EXPECT_EQ(to_clock(silence.from), "2026-12-24 18:00:00Z");
  EXPECT_EQ(to_clock(silence.until), "2026-12-27 04:00:00Z");
  EXPECT_EQ(silence.comment, "freeze");
  EXPECT_TRUE(silence.id.starts_with("sil_"));
  ASSERT_EQ(loaded.rules.maintenance.size(), 2u);
  EXPECT_EQ(to_text(loaded.rules.maintenance[0].every), "MON,TUE,WED,THU,FRI 22:30");
  EXPECT_EQ(loaded.rules.maintenance[0].duration, Period::minutes(90));
  EXPECT_EQ(loaded.rules.maintenance[0].zone_offset, Period::hours(1));
  EXPECT_EQ(loaded.rules.maintenance[0].comment, "nightly load");
  EXPECT_EQ(to_text(loaded.rules.maintenance[1].every), "daily 02:00");
}

TEST(SilenceSections, TheSameFileGivesTheSameIds) {
  const std::vector<RuleSource> sources = {
      {"mine.yaml", "silences: [{matchers: [a=b], from: 2026-12-24T18:00:00Z, until: 2026-12-25T18:00:00Z}]"}};
  const LoadedRules once = load_rules(sources, kNoWorld);
  const LoadedRules again = load_rules(sources, kNoWorld);
  ASSERT_EQ(once.rules.silences.size(), 1u);
  EXPECT_EQ(once.rules.silences[0].id, again.rules.silences[0].id);
}

}  // namespace
}  // namespace tocsin
