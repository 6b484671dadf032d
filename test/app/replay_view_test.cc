#include "app/replay_view.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "test/app/view_scenario.h"

namespace tocsin {
namespace {

using namespace view_scenario;

std::vector<std::string> paths() {
  return {"incident.ndjson.gz", "gateway.log"};
}

const std::string kSummaryLine = R"({"type":"summary","digest":"7c1e"})";
const std::string kDeadLine = R"({"type":"dead_letter","reason":"empty"})";
const ShownDeadLetter kDead{DeadReason::kEmpty, "gateway.log", 9, 1024, ""};

ReplayProgress progress(int minute, double wall_s) {
  return {.now = at(minute),
          .lines = static_cast<std::uint64_t>(minute) * 80'000,
          .dead_letters = 12,
          .late = 3,
          .consumed_bytes = static_cast<std::uint64_t>(minute) * 1'000,
          .total_bytes = 30'000,
          .services = 5,
          .wall_s = wall_s};
}

// A minute of event time in a second of wall time.
void play(ReplayView& view, const std::vector<Effect>& effects) {
  std::size_t next = 0;
  for (int minute = 1; minute <= 30; ++minute) {
    view.on_progress(progress(minute, minute));
    while (next < effects.size() &&
           to_json(effects[next], paths()).find("T10:" + std::to_string(minute + 100).substr(1)) != std::string::npos) {
      view.on_effect(effects[next], to_json(effects[next], paths()));
      ++next;
    }
  }
  for (; next < effects.size(); ++next) view.on_effect(effects[next], to_json(effects[next], paths()));
  view.on_effect(RunTask{}, "");
  view.on_dead_letter(kDead, kDeadLine);
  view.on_end(outage_summary(), kSummaryLine);
}

TEST(NdjsonView, IsTheEffectLogAndNothingElse) {
  const std::vector<Effect> effects = outage();
  std::string expected;
  for (const Effect& effect : effects) expected += to_json(effect, paths()) + "\n";
  expected += kDeadLine + "\n" + kSummaryLine + "\n";
  const Written written = written_by([&] { play(*make_ndjson_view(options()), effects); });
  EXPECT_EQ(written.out, expected);
  expect_golden("replay-status/stderr.txt", written.err);
}

TEST(JsonView, IsOneDocument) {
  const Written written = written_by([] { play(*make_json_view(options()), outage()); });
  const auto document = nlohmann::json::parse(written.out, nullptr, false);
  ASSERT_FALSE(document.is_discarded()) << written.out;
  ASSERT_EQ(document.size(), 2U);
  ASSERT_EQ(document["effects"].size(), outage().size() + 1);
  EXPECT_EQ(document["effects"][0], nlohmann::json::parse(to_json(outage()[0], paths())));
  EXPECT_EQ(document["effects"].back()["type"], "dead_letter");
  EXPECT_EQ(document["summary"]["digest"], "7c1e");
}

TEST(JsonView, OfNothingIsADocumentToo) {
  const Written written =
      written_by([] { make_json_view(options())->on_end(calm_summary(), R"({"type":"summary"})"); });
  EXPECT_EQ(nlohmann::json::parse(written.out, nullptr, false),
            nlohmann::json::parse(R"({"effects":[],"summary":{"type":"summary"}})"));
}

TEST(TextView, HasAStableLinePerTransitionAndTheReport) {
  const Written written = written_by([] { play(*make_text_view(options()), outage()); });
  expect_golden("replay-text/stdout.txt", written.out);
  expect_golden("replay-status/stderr.txt", written.err);
  EXPECT_NE(written.out.find("2026-11-20T10:03:10.000Z ALARM  error-rate/payment  (was OK)  Threshold Crossed: 2 out"),
            std::string::npos);
}

TEST(Views, SendNoControlCharacterOfALog) {
  ViewOptions hostile = options();
  hostile.files[0].path = "\x1b[2J\x07.log";
  for (const auto make : {make_text_view, make_ndjson_view, make_json_view}) {
    const Written written = written_by([&] { play(*make(hostile), hostile_effects()); });
    for (const std::string& text : {written.out, written.err}) {
      EXPECT_TRUE(std::ranges::all_of(
          text, [](char c) { return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }));
    }
  }
}

TEST(Views, SayThatTheDiskIsFull) {
  for (const auto make : {make_text_view, make_ndjson_view, make_json_view}) {
    std::string message;
    written_by([&] {
      std::FILE* full = std::fopen("/dev/full", "w");
      ASSERT_NE(full, nullptr);
      ::dup2(::fileno(full), STDOUT_FILENO);
      std::fclose(full);
      try {
        play(*make(options()), outage());
      } catch (const std::runtime_error& error) {
        message = error.what();
      }
      std::clearerr(stdout);
    });
    EXPECT_EQ(message, "cannot write to standard output: No space left on device");
  }
}

}  // namespace
}  // namespace tocsin
