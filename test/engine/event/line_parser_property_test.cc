// What holds of every parser and every file: lines = events + dead letters, whatever the bytes; the same bytes give the
// same events however they are split into batches; every view lies where the event says it does.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "test/engine/event/parse_lines.h"

namespace tocsin::test {
namespace {

constexpr LineFormat kFormats[] = {LineFormat::kNdjson,   LineFormat::kSyslog3164, LineFormat::kSyslog5424,
                                   LineFormat::kCombined, LineFormat::kLogfmt,     LineFormat::kPlain};

const std::vector<std::string>& sample_lines() {
  static const std::vector<std::string> kLines = {
      R"({"ts":"2023-01-29T17:20:11.371Z","level":"ERROR","msg":"a \"b\" \u00e9","service":"pay","latency_ms":12,"a":{"b":[1,{"c":2}]}})",
      R"({"ts":1674984011371,"k":null,"l":[true,false,"x\\y"],"dur_us":15,"caller":"shop"})",
      R"({"ts":"bad"})",
      R"({"no":"time"})",
      R"({"open":"string)",
      "<34>Oct 11 22:14:15 host su[77]: 'su root' failed",
      "Feb 29 22:14:15 host kernel: [1.2] x",
      R"(<165>1 2003-08-24T05:14:15.000003-07:00 h app 1 ID [a x="1 \"]\" 2"] text)",
      R"(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 200 2326 "-" "Mozilla" 0.5)",
      R"(ts=2023-01-29T17:20:11Z level=info msg="it is \"done\"" dur_us=12 flag)",
      "2018-06-27 00:31:20.936 keystone/keystone INFO keystone.common.wsgi [req-1 - -] GET /v3",
      "[2023-01-29 17:20:11] production.ERROR: x é",
      "\tat com.x.Y",
      "",
      "   ",
      "\xC3\x28",
      std::string("nul\0byte", 8),
      std::string(3000, '[') + std::string(3000, ']'),
  };
  return kLines;
}

std::string random_file(std::mt19937& random, std::size_t lines, bool mutate) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::string text = below(4) == 0 ? "\xEF\xBB\xBF" : "";
  for (std::size_t i = 0; i < lines; ++i) {
    std::string line = sample_lines()[below(sample_lines().size())];
    for (std::size_t changes = mutate ? below(4) : 0; changes > 0 && !line.empty(); --changes) {
      static constexpr std::string_view kBytes = "\"\\{}[]:, \n\r\t0e-x<>=.\xC3\xA9\xFF";
      const std::size_t at = below(line.size());
      switch (below(3)) {
        case 0:
          line[at] = kBytes[below(kBytes.size())];
          break;
        case 1:
          line.erase(at, 1 + below(5));
          break;
        default:
          line.insert(at, 1, kBytes[below(kBytes.size())]);
          break;
      }
    }
    text += line;
    text += below(5) == 0 ? "\r\n" : "\n";
  }
  if (below(2) == 0 && !text.empty()) text.pop_back();
  return text;
}

ParseSetup setup_for(LineFormat format) {
  return {.format = format,
          .projection = {"msg", "a.b[1].c", "status", "a", "@message", "@latency", "level", "l[2]"},
          .max_line = 2000};
}

std::vector<std::string> with_places(const ParsedBatch& batch, std::uint64_t lines_before) {
  std::vector<std::string> out = describe(batch);
  std::vector<LineOrigin> origins;
  for (const LogEvent& event : batch.events) origins.push_back(event.origin);
  for (const ParsedBatch::Dead& dead : batch.dead) origins.push_back(dead.letter.origin);
  std::ranges::sort(origins, {}, &LineOrigin::line);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] += " @" + std::to_string(origins[i].line + lines_before) + ":" + std::to_string(origins[i].offset);
  }
  return out;
}

TEST(LineParser, EveryLineBecomesAnEventOrADeadLetter) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const std::string text = random_file(random, 1 + random() % 30, true);
    std::uint64_t lines = static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
    if (!text.empty() && text.back() != '\n') ++lines;
    for (const LineFormat format : kFormats) {
      const auto batch = parse_text(text, setup_for(format));
      ASSERT_EQ(batch->lines, lines) << text;
      ASSERT_EQ(batch->events.size() + batch->dead.size(), lines) << text;
      std::uint64_t line = 0;
      const auto check = [&](const LineOrigin& origin, std::string_view raw) {
        ASSERT_EQ(std::string_view(text).substr(origin.offset, raw.size()), raw);
        ASSERT_GE(origin.line, 1U);
        ASSERT_LE(origin.line, lines);
      };
      for (const LogEvent& event : batch->events) {
        check(event.origin, event.raw);
        ASSERT_GT(event.origin.line, line);
        line = event.origin.line;
        ASSERT_FALSE(event.service.empty());
        ASSERT_EQ(event.fields.size(), setup_for(format).projection.size());
        ASSERT_GE(event.time, EventTime{});
      }
      for (const ParsedBatch::Dead& dead : batch->dead) check(dead.letter.origin, dead.letter.raw);
    }
  }
}

TEST(LineParser, TheSplitIntoBatchesDoesNotMatter) {
  std::mt19937 random(2);
  for (int round = 0; round < 120; ++round) {
    // Now and then more than the run of bytes that is indexed at once.
    const std::string text = random_file(random, round % 20 == 0 ? 1500 : 1 + random() % 40, round % 2 == 0);
    for (const LineFormat format : kFormats) {
      const std::vector<std::string> whole = with_places(*parse_text(text, setup_for(format)), 0);
      const auto parser = make_parser(setup_for(format));
      std::vector<std::string> parts;
      ParsedBatch batch;  // one object for all, as a pipeline uses them
      std::uint64_t lines = 0;
      for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        for (std::size_t count = 1 + random() % (text.size() > 10'000 ? 500 : 5); count > 0 && end < text.size();
             --count) {
          end = std::min(text.find('\n', end), text.size() - 1) + 1;
        }
        batch.raw = {.first_offset = at, .bytes = text.substr(at, end - at), .last = end == text.size()};
        parser->parse(batch);
        for (std::string& line : with_places(batch, lines)) parts.push_back(std::move(line));
        lines += batch.lines;
        at = end;
      }
      ASSERT_EQ(parts, whole) << to_text(format) << "\n" << text.substr(0, 2000);
    }
  }
}

TEST(LineParser, AnEmptyFileHasNoLines) {
  for (const LineFormat format : kFormats) {
    const auto batch = parse_text("", setup_for(format));
    EXPECT_EQ(batch->lines, 0U);
    EXPECT_TRUE(batch->events.empty());
    EXPECT_TRUE(batch->dead.empty());
  }
}

TEST(LineParser, LineEndsAndTheByteOrderMarkAreNoPartOfALine) {
  const std::string line = R"({"ts":1674984011})";
  const auto batch = parse_text("\xEF\xBB\xBF" + line + "\r\n" + line + "\n" + line);
  ASSERT_EQ(batch->events.size(), 3U);
  const std::uint64_t offsets[] = {3, 3 + line.size() + 2, 3 + 2 * line.size() + 3};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(batch->events[i].raw, line);
    EXPECT_EQ(batch->events[i].origin.offset, offsets[i]);
    EXPECT_EQ(batch->events[i].origin.line, i + 1);
  }
  const auto later = parse_text(line + "\n\xEF\xBB\xBF" + line);  // a mark elsewhere is no mark
  EXPECT_EQ(describe(*later)[1], "dead broken_json");
}

TEST(LineParser, OnlySyslog3164LacksYears) {
  for (const LineFormat format : kFormats) EXPECT_EQ(lacks_year(format), format == LineFormat::kSyslog3164);
}

}  // namespace
}  // namespace tocsin::test
