#include "app/alarm_ribbon.h"

#include <gtest/gtest.h>

#include "test/app/view_scenario.h"

namespace tocsin {
namespace {

using namespace view_scenario;

constexpr AlarmState kOk = AlarmState::kOk, kAlarm = AlarmState::kAlarm, kUnknown = AlarmState::kInsufficientData;

std::string drawn(const AlarmRibbons::Ribbon& ribbon) {
  std::string text;
  for (const AlarmRibbons::Cell cell : ribbon.cells) text += " .?!"[static_cast<int>(cell)];
  return text;
}

TEST(AlarmRibbons, ShowStatesOverTheTimeSoFar) {
  AlarmRibbons ribbons;
  ribbons.advance_to(at(0));
  ribbons.on_transition(transition({"a/x", kUnknown, kOk, at(1), at(0), 1}));
  EXPECT_EQ(ribbons.size(), 0U) << "it has not left OK";
  ribbons.on_transition(transition({"a/x", kOk, kAlarm, at(4), at(1), 2}));
  ribbons.on_transition(transition({"a/x", kAlarm, kOk, at(7), at(4), 3}));
  ribbons.advance_to(at(9, 59));
  ASSERT_EQ(ribbons.size(), 1U);
  EXPECT_EQ(drawn(ribbons.latest(5, 10)[0]), " ...!!!...");
  EXPECT_EQ(drawn(ribbons.latest(5, 20)[0]), "  ......!!!!!!......");
  EXPECT_EQ(drawn(ribbons.latest(5, 1)[0]), "!") << "the graver state wins";
  EXPECT_EQ(ribbons.in_alarm(), 0U);
}

TEST(AlarmRibbons, SurviveAnyLengthOfTime) {
  AlarmRibbons ribbons;
  ribbons.advance_to(at(0));
  ribbons.on_transition(transition({"a/x", kOk, kAlarm, at(0, 30), at(0), 1}));
  ribbons.on_transition(transition({"a/x", kAlarm, kUnknown, at(5), at(0, 30), 2}));
  ribbons.on_transition(transition({"a/y", kOk, kAlarm, at(60 * 24 * 365), at(6), 1}));
  ribbons.advance_to(at(60 * 24 * 365 * 2));
  const auto shown = ribbons.latest(5, 10);
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(drawn(shown[0]).substr(6), "!!!!") << "the last to change comes first";
  EXPECT_EQ(drawn(shown[1]), "!?????????");
}

TEST(AlarmRibbons, OneInstantOnly) {
  AlarmRibbons ribbons;
  ribbons.on_transition(transition({"a/x", kOk, kAlarm, at(0), at(0), 1}));
  EXPECT_EQ(drawn(ribbons.latest(1, 4)[0]), "!!!!");
  EXPECT_TRUE(ribbons.latest(0, 4).empty());
}

TEST(AlarmRibbons, QuietOnesMakeRoom) {
  AlarmRibbons ribbons;
  ribbons.on_transition(transition({"a/firing", kOk, kAlarm, at(0), at(0), 1}));
  for (int i = 0; i < 1000; ++i) {
    const std::string alarm = "a/" + std::to_string(i);
    ribbons.on_transition(transition({alarm, kOk, kAlarm, at(i), at(0), 1}));
    ribbons.on_transition(transition({alarm, kAlarm, kOk, at(i, 30), at(i), 2}));
  }
  EXPECT_EQ(ribbons.size(), AlarmRibbons::kMaxAlarms);
  EXPECT_EQ(ribbons.latest(AlarmRibbons::kMaxAlarms, 1).back().alarm, "a/firing");
  EXPECT_EQ(ribbons.in_alarm(), 1U);
}

}  // namespace
}  // namespace tocsin
