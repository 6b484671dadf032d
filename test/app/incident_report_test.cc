#include "app/incident_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/base/text.h"
#include "test/app/view_scenario.h"

namespace tocsin {
namespace {

using namespace view_scenario;

IncidentReport report_of(const std::vector<Effect>& effects) {
  IncidentReport report({"incident.ndjson.gz", "gateway.log"});
  for (const Effect& effect : effects) report.on_effect(effect);
  return report;
}

IncidentReport outage_report() {
  IncidentReport report = report_of(outage());
  report.on_dead_letter({DeadReason::kBrokenJson, "incident.ndjson.gz", 612, 188'812, R"({"ts": "2026-11-20T10:00:)"});
  report.on_dead_letter({DeadReason::kEmpty, "gateway.log", 9, 1024, ""});
  return report;
}

// Neither a control character nor a byte that is no UTF-8, whoever reads it.
void expect_harmless(const std::string& text) {
  EXPECT_TRUE(is_valid_utf8(text));
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << static_cast<int>(c);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(text.find('\x7f'), std::string::npos);
}

TEST(IncidentReport, TellsAnOutageInFull) {
  const IncidentReport report = outage_report();
  expect_golden("incident-report/outage.txt", report.text(outage_summary(), {}));
  expect_golden("incident-report/outage-ascii-80.txt", report.text(outage_summary(), {.utf8 = false, .width = 80}));
  expect_golden("incident-report/outage.md", report.markdown(outage_summary()));
  expect_golden("incident-report/outage.json", report.json(outage_summary()));
}

TEST(IncidentReport, SaysPlainlyThatNothingFired) {
  const IncidentReport report = report_of({});
  expect_golden("incident-report/calm.txt", report.text(calm_summary(), {}));
  expect_golden("incident-report/calm.md", report.markdown(calm_summary()));
}

TEST(IncidentReport, KeepsWithinItsWidth) {
  const IncidentReport report = outage_report();
  for (const std::size_t width : {60U, 80U, 100U, 120U}) {
    std::istringstream lines(report.text(outage_summary(), {.width = width}));
    for (std::string line; std::getline(lines, line);) {
      // Columns that are laid out already (an alarm's times) are not broken.
      if (line.find("→") != std::string::npos || line.find("score") != std::string::npos) continue;
      if (line.find(outage_summary().digest) != std::string::npos) continue;
      EXPECT_LE(display_width(line), std::max<std::size_t>(width, 80)) << line;
    }
  }
}

TEST(IncidentReport, ColourChangesNothingButTheEscapes) {
  const IncidentReport report = outage_report();
  const std::string plain = report.text(outage_summary(), {});
  std::string coloured = report.text(outage_summary(), {.colour = true});
  ASSERT_NE(coloured, plain);
  for (std::size_t begin = coloured.find('\x1b'); begin != std::string::npos; begin = coloured.find('\x1b')) {
    coloured.erase(begin, coloured.find('m', begin) + 1 - begin);
  }
  EXPECT_EQ(coloured, plain);
}

TEST(IncidentReport, HostileTextIsShownNotExecuted) {
  IncidentReport report = report_of(hostile_effects());
  report.on_dead_letter({DeadReason::kInvalidUtf8, "\x1b[2J.log", 1, 0, "\x1b]0;owned\x07\xff\x9b"});
  const ReplaySummary summary = outage_summary();
  expect_harmless(report.text(summary, {}));
  expect_harmless(report.text(summary, {.utf8 = false}));
  expect_harmless(report.markdown(summary));
  EXPECT_EQ(report.markdown(summary).find("<b>"), std::string::npos);
  const std::string ascii = report.text(summary, {.utf8 = false});
  EXPECT_TRUE(std::ranges::all_of(ascii, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  EXPECT_FALSE(nlohmann::json::parse(report.json(summary), nullptr, false).is_discarded());
}

TEST(IncidentReport, AnIncidentEndsWhenItsAlarmsHaveBeenQuiet) {
  constexpr AlarmState kOk = AlarmState::kOk, kAlarm = AlarmState::kAlarm;
  struct Case {
    const char* what;
    std::vector<Change> changes;
    EventTime end;
    std::vector<std::optional<EventTime>> resolved;
  };
  const Case cases[] = {
      {"still in ALARM", {{"a/x", kOk, kAlarm, at(1), at(0), 1}}, at(60), {std::nullopt}},
      {"quiet, but not for long enough",
       {{"a/x", kOk, kAlarm, at(1), at(0), 1}, {"a/x", kAlarm, kOk, at(5), at(1), 2}},
       at(6, 59),
       {std::nullopt}},
      {"quiet at the end",
       {{"a/x", kOk, kAlarm, at(1), at(0), 1}, {"a/x", kAlarm, kOk, at(5), at(1), 2}},
       at(7),
       {at(7)}},
      {"another alarm goes on",
       {{"a/x", kOk, kAlarm, at(1), at(0), 1},
        {"a/y", kOk, kAlarm, at(2), at(0), 1},
        {"a/x", kAlarm, kOk, at(5), at(1), 2}},
       at(60),
       {std::nullopt}},
      {"fires again at the very instant",
       {{"a/x", kOk, kAlarm, at(1), at(0), 1},
        {"a/x", kAlarm, kOk, at(5), at(1), 2},
        {"a/x", kOk, kAlarm, at(7), at(5), 3}},
       at(60),
       {std::nullopt}},
      {"a second incident",
       {{"a/x", kOk, kAlarm, at(1), at(0), 1},
        {"a/x", kAlarm, kOk, at(5), at(1), 2},
        {"a/x", kOk, kAlarm, at(8), at(5), 3}},
       at(60),
       {at(7), std::nullopt}},
  };
  for (const Case& one : cases) {
    std::vector<Effect> effects;
    for (const Change& change : one.changes) effects.emplace_back(transition(change));
    ReplaySummary summary;
    summary.counters.last_event = one.end;
    std::vector<std::optional<EventTime>> resolved;
    for (const auto& incident : report_of(effects).incidents_at_end(summary)) resolved.push_back(incident.resolved);
    EXPECT_EQ(resolved, one.resolved) << one.what;
  }
}

TEST(IncidentReport, KeepsABoundedNumberOfEverything) {
  constexpr AlarmState kOk = AlarmState::kOk, kAlarm = AlarmState::kAlarm;
  IncidentReport report({"a.log"});
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t sequence = static_cast<std::uint64_t>(i) * 2 + 1;
    report.on_effect(transition({"a/x", kOk, kAlarm, at(i * 10), at(0), sequence}));
    report.on_effect(transition({"a/x", kAlarm, kOk, at(i * 10 + 2), at(0), sequence + 1}));
    report.on_dead_letter({DeadReason::kEmpty, "a.log", sequence, 0, std::string(10'000, 'x')});
  }
  EXPECT_EQ(report.incidents().size(), IncidentReport::kMaxIncidents);
  EXPECT_EQ(report.unkept_incidents(), 100U);
  EXPECT_EQ(report.alarms_fired(), 300U);
  ASSERT_EQ(report.dead_letters().size(), IncidentReport::kMaxDeadLetters);
  EXPECT_LT(report.dead_letters()[0].raw.size(), 1000U);

  IncidentReport wide({"a.log"});
  for (std::uint64_t i = 0; i < 1000; ++i) {
    wide.on_effect(transition({"a/" + std::to_string(i), kOk, kAlarm, at(1), at(0), 1}));
  }
  ASSERT_EQ(wide.incidents().size(), 1U);
  EXPECT_EQ(wide.incidents()[0].alarms.size(), IncidentReport::kMaxAlarms);
  EXPECT_EQ(wide.incidents()[0].more_alarms, 800U);
}

TEST(IncidentReport, ManyIncidentsAreShortenedToTheGravest) {
  constexpr AlarmState kOk = AlarmState::kOk, kAlarm = AlarmState::kAlarm;
  IncidentReport report({"a.log"});
  for (int i = 0; i < 8; ++i) {
    const Severity severity = i == 7 ? Severity::kCritical : Severity::kWarning;
    const std::string alarm = "a/number" + std::to_string(i);
    report.on_effect(transition({alarm, kOk, kAlarm, at(i * 10), at(0), 1, severity}));
    report.on_effect(transition({alarm, kAlarm, kOk, at(i * 10 + 2), at(0), 2, severity}));
  }
  const std::string text = report.text(outage_summary(), {});
  const std::size_t further = text.find("FURTHER INCIDENTS");
  ASSERT_NE(further, std::string::npos);
  EXPECT_LT(text.find("a/number7 fired"), further) << "the critical one is told in full";
  EXPECT_GT(text.find("a/number4 fired"), further);
  EXPECT_NE(text.find("a/number6 fired", further), std::string::npos);
}

}  // namespace
}  // namespace tocsin
