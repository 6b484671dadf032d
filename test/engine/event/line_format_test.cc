#include "engine/event/line_format.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

struct FormatCase {
  std::string_view sample;
  LineFormat expected;
};

TEST(LineFormat, IsToldFromTheFirstLines) {
  const FormatCase cases[] = {
      {"{\"a\":1}\n", LineFormat::kNdjson},
      {"\xEF\xBB\xBF{\"a\":1}\n", LineFormat::kNdjson},
      {"  { }\r\n", LineFormat::kNdjson},
      {"{\"cut\": \"in the mid", LineFormat::kNdjson},
      {"{\"a\":1\n{\"a\":\n", LineFormat::kNdjson},
      {"{not json}\n", LineFormat::kPlain},
      {"<34>Oct 11 22:14:15 h su: x\n", LineFormat::kSyslog3164},
      {"Oct 11 22:14:15 h su[1]: x\n", LineFormat::kSyslog3164},
      {"2023-01-29T17:20:11.371+08:00 h su[1]: x\n", LineFormat::kSyslog3164},
      {"<34>1 2003-10-11T22:14:15.003Z h su - ID47 - x\n", LineFormat::kSyslog5424},
      {"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1\n", LineFormat::kCombined},
      {"ts=1 level=info msg=\"a b\"\n", LineFormat::kLogfmt},
      {"level=info msg=\"a b\" ts=1\n", LineFormat::kLogfmt},
      {"2023-01-29 17:20:11 INFO a=b c=d\n", LineFormat::kPlain},
      {"2023-01-29 17:20:11.371 keystone/keystone INFO x\n", LineFormat::kPlain},
      {"[2023-01-29 17:20:11] production.ERROR: x\n", LineFormat::kPlain},
      {"1674984011.371 INFO x\n", LineFormat::kPlain},
      {"some words\nand more\n", LineFormat::kPlain},
      {"", LineFormat::kPlain},
      {"2023-01-29 17:20:11 x\n{\"a\":1}\n", LineFormat::kNdjson},  // NDJSON wins ties
      {"2023-01-29 17:20:11 x\n{\"a\":1}\n2023-01-29 17:20:11 y\n", LineFormat::kPlain},
      {"\n\n\n\n{\"a\":1}\n", LineFormat::kNdjson},
      {"2023-01-29 17:20:11 x\n\tat y\n\tat z\n\tat w\n", LineFormat::kPlain},
  };
  for (const FormatCase& c : cases) EXPECT_EQ(to_text(detect_line_format(c.sample)), to_text(c.expected)) << c.sample;
}

TEST(LineFormat, NamesReadBack) {
  for (const std::string_view name : {"ndjson", "syslog3164", "syslog5424", "combined", "logfmt", "plain"}) {
    ASSERT_TRUE(parse_line_format(name)) << name;
    EXPECT_EQ(to_text(*parse_line_format(name)), name);
  }
  EXPECT_FALSE(parse_line_format("json"));
  EXPECT_FALSE(parse_line_format(""));
}

}  // namespace
}  // namespace tocsin
