#include "replay/syslog_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "replay/listen_address.h"

namespace tocsin {
namespace {

using std::string_literals::operator""s;

struct FramingCase {
  std::string bytes;
  std::vector<std::string> messages;
  std::string rest = {};
};

std::vector<std::string> texts(const std::vector<SyslogFramer::Message>& messages) {
  std::vector<std::string> all;
  for (const SyslogFramer::Message& message : messages) all.push_back(message.text + (message.cut ? "~" : ""));
  return all;
}

const std::vector<FramingCase>& framing_cases() {
  static const std::vector<FramingCase> kCases{
      {"<1>a\n<2>b\n", {"<1>a", "<2>b"}},
      {"4 <1>a5 <2>bc", {"<1>a", "<2>bc"}},
      {"6 <1>a\nb4 <2>c", {"<1>a\nb", "<2>c"}},
      {"4 <1>a\n<2>b\n4 <3>c", {"<1>a", "<2>b", "<3>c"}},
      {"<1>a\0<2>b\0"s, {"<1>a", "<2>b"}},
      {"\n\n<1>a\r\n", {"<1>a\r"}},
      {"2024-01-01 x\n", {"2024-01-01 x"}},
      {"12 monkeys\n", {"12 monkeys"}},
      {"7 {\"a\":1}", {"{\"a\":1}"}},
      {"012 <1>a\n", {"012 <1>a"}},
      {"1234567890 <1>a\n", {"1234567890 <1>a"}},
      {"<1>abcdefghijklmnopqrstuvwxyz0123456789\n<2>b\n", {"<1>abcdefghijklmnopq~", "<2>b"}},
      {"30 <1>abcdefghijklmnopqrstuvwxyz04 <2>b", {"<1>abcdefghijklmnopq~", "<2>b"}},
      {"<1>a\n<2>unfinished", {"<1>a"}, "<2>unfinished"},
      {"20 <1>a", {}, "<1>a"},
      {"17", {}, "17"},
  };
  return kCases;
}

TEST(SyslogFramer, TellsTheFramingOfEachMessage) {
  for (const FramingCase& one : framing_cases()) {
    SyslogFramer framer(20);
    EXPECT_EQ(texts(framer.feed(one.bytes)), one.messages) << one.bytes;
    EXPECT_EQ(framer.is_within(), !one.rest.empty()) << one.bytes;
    const std::vector<std::string> rest = texts(framer.finish());
    EXPECT_EQ(rest, one.rest.empty() ? std::vector<std::string>() : std::vector<std::string>{one.rest}) << one.bytes;
  }
}

// A connection's bytes come in any portions.
TEST(SyslogFramer, PortionsDoNotMatter) {
  std::mt19937 random(1);
  std::string bytes;
  std::vector<std::string> messages;
  for (const FramingCase& one : framing_cases()) {
    if (!one.rest.empty()) continue;
    bytes += one.bytes;
    messages.insert(messages.end(), one.messages.begin(), one.messages.end());
  }
  for (int round = 0; round < 500; ++round) {
    SyslogFramer framer(20);
    std::vector<std::string> got;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = 1 + random() % 7;
      for (std::string& text : texts(framer.feed(std::string_view(bytes).substr(at, size))))
        got.push_back(std::move(text));
      at += size;
    }
    ASSERT_EQ(got, messages);
  }
}

struct LineCase {
  std::string message;
  SyslogDialect dialect;
  std::string line;
};

TEST(SyslogLine, OneLineOfOneDialect) {
  const std::vector<LineCase> cases{
      {"<34>1 2003-10-11T22:14:15Z h a - - - x", SyslogDialect::kRfc5424, "<34>1 2003-10-11T22:14:15Z h a - - - x"},
      {"<34>1 - h a - - - x\n", SyslogDialect::kRfc5424, "<34>1 - h a - - - x"},
      {"<34>Oct 11 22:14:15 h su: a\nb\r\nc\n", SyslogDialect::kRfc3164, "<34>Oct 11 22:14:15 h su: a#012b#015#012c"},
      {"<34>2003-10-11T22:14:15Z h su: a"s + '\0' + "b" + '\0', SyslogDialect::kRfc3164,
       "<34>2003-10-11T22:14:15Z h su: a#000b"},
      {"<34>su: no stamp", SyslogDialect::kRfc3164, "<34>1970-01-01T00:00:01.000Z 10.0.0.1 su: no stamp"},
      {"nothing at all", SyslogDialect::kRfc3164, "<13>1970-01-01T00:00:01.000Z 10.0.0.1 nothing at all"},
      {"<34>1 is the loneliest number", SyslogDialect::kRfc3164,
       "<34>1970-01-01T00:00:01.000Z 10.0.0.1 1 is the loneliest number"},
      {"{\"a\":\n1}", SyslogDialect::kJson, "{\"a\":#0121}"},
  };
  for (const LineCase& one : cases) {
    EXPECT_EQ(dialect_of(one.message), one.dialect) << one.message;
    EXPECT_EQ(syslog_line(one.message, one.dialect, EventTime{1000}, "10.0.0.1"), one.line);
  }
}

TEST(ListenAddress, SaysWhatIsWrong) {
  struct Case {
    std::string text, problem;
  };
  const std::vector<Case> cases{
      {"udp://127.0.0.1:514", ""},
      {"tcp://[::1]:0", ""},
      {"tcp://log.example.com:6514", ""},
      {"http://127.0.0.1:514", "'http://127.0.0.1:514' does not begin with udp:// or tcp://"},
      {"udp://127.0.0.1", "'udp://127.0.0.1' names no port"},
      {"udp://[::1]", "'udp://[::1]' names no port"},
      {"udp://:514", "'udp://:514' names no address to listen on (127.0.0.1, or 0.0.0.0 for all)"},
      {"udp://::1:514", "'udp://::1:514' has an IPv6 address without brackets"},
      {"udp://127.0.0.1:70000", "'udp://127.0.0.1:70000' has no port from 0 to 65535"},
      {"udp://127.0.0.1:5x", "'udp://127.0.0.1:5x' has no port from 0 to 65535"},
  };
  for (const Case& one : cases) {
    std::string problem;
    const std::optional<ListenAddress> address = parse_listen_address(one.text, problem);
    EXPECT_EQ(problem, one.problem);
    EXPECT_EQ(address ? address->to_text() : "", one.problem.empty() ? one.text : "");
  }
}

}  // namespace
}  // namespace tocsin
