#include <gtest/gtest.h>

#include "test/engine/event/parse_lines.h"

namespace tocsin::test {
namespace {

struct LineCase {
  std::string line;
  std::string expected;
};

void check(const std::vector<LineCase>& cases, const ParseSetup& setup) {
  for (const LineCase& c : cases) {
    const std::vector<std::string> lines = describe(*parse_text(c.line, setup));
    ASSERT_EQ(lines.size(), 1U) << c.line;
    EXPECT_EQ(lines[0], c.expected) << c.line;
  }
}

TEST(TextLineParser, Syslog3164) {
  check({{"<34>Oct 11 22:14:15 mymachine su[77]: 'su root' failed",
          "1972-10-11T22:14:15.000Z FATAL su | 'su root' failed | text 'mymachine' | text 'su' | number 77 '77' | text "
          "'auth' | text 'crit'"},
         {"<191>Oct  1 22:14:15 h app: x",
          "1972-10-01T22:14:15.000Z DEBUG app | x | text 'h' | text 'app' | - | text 'local7' | text 'debug'"},
         {"Oct 11 22:14:15 h postfix/smtpd[9]: x",
          "1972-10-11T22:14:15.000Z - postfix/smtpd | x | text 'h' | text 'postfix/smtpd' | number 9 '9' | - | -"},
         {"Oct 11 22:14:15 h app[9]: ERROR no disk",
          "1972-10-11T22:14:15.000Z ERROR app | ERROR no disk | text 'h' | text 'app' | number 9 '9' | - | -"},
         {"Oct 11 22:14:15 h NetworkManager[9]: <warn>  [1.2] x",
          "1972-10-11T22:14:15.000Z WARN NetworkManager | <warn>  [1.2] x | text 'h' | text 'NetworkManager' | number "
          "9 '9' | - | -"},
         {"Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure",
          "1972-06-14T15:16:01.000Z - sshd | authentication failure | text 'combo' | text 'sshd' | number 19939 "
          "'19939' | - | -"},
         {"Oct 11 22:14:15 h last message repeated 3 times",
          "1972-10-11T22:14:15.000Z - file | last message repeated 3 times | text 'h' | - | - | - | -"},
         {"2023-01-29T17:20:11.371+08:00 h app[9]: x",
          "2023-01-29T09:20:11.371Z - app | x | text 'h' | text 'app' | number 9 '9' | - | -"},
         {"Oct 11 22:14:15", "1972-10-11T22:14:15.000Z - file |  | text '' | - | - | - | -"},
         {"<192>Oct 11 22:14:15 h app: x", "dead unparsed"},
         {"<>Oct 11 22:14:15 h app: x", "dead unparsed"},
         {"<34 Oct 11 22:14:15 h app: x", "dead unparsed"},
         {"<34>no stamp here", "dead no_timestamp"},
         {"Feb 30 22:14:15 h app: x", "dead bad_timestamp"}},
        {.format = LineFormat::kSyslog3164, .projection = {"host", "app", "procid", "facility", "severity"}});
}

TEST(TextLineParser, Syslog5424) {
  check({{"<34>1 2003-10-11T22:14:15.003Z host su 77 ID47 - \xEF\xBB\xBF'su root' failed",
          "2003-10-11T22:14:15.003Z FATAL su | 'su root' failed | text 'host' | text 'su' | number 77 '77' | text "
          "'ID47' | text 'auth' | text 'crit'"},
         {R"(<165>1 2003-08-24T05:14:15.000003-07:00 - - - - [a x="1 \"]\" 2"][b] text [not data])",
          "2003-08-24T12:14:15.000Z INFO file | text [not data] | - | - | - | - | text 'local4' | text 'notice'"},
         {"<34>1 2003-10-11T22:14:15Z h app - - -",
          "2003-10-11T22:14:15.000Z FATAL app |  | text 'h' | text 'app' | - | - | text 'auth' | text 'crit'"},
         {"<34>1 - h app - - - x", "dead no_timestamp"},
         {"<34>1 2003-13-11T22:14:15Z h app - - - x", "dead bad_timestamp"},
         {"<34>1 2003-10-11T22:14:15Z h app", "dead unparsed"},
         {"<34>1 2003-10-11T22:14:15Z h app - - [open", "dead unparsed"},
         {"<34>1 2003-10-11T22:14:15Z h app - - [a x=\"\\", "dead unparsed"},
         {"1 2003-10-11T22:14:15Z h app - - - x", "dead unparsed"},
         {"<34>x 2003-10-11T22:14:15Z h app - - - x", "dead unparsed"}},
        {.format = LineFormat::kSyslog5424, .projection = {"host", "app", "procid", "msgid", "facility", "severity"}});
}

TEST(TextLineParser, Combined) {
  const ParseSetup setup{.format = LineFormat::kCombined,
                         .projection = {"remote_addr", "remote_user", "method", "path", "protocol", "status", "bytes",
                                        "referer", "user_agent", "request_time"}};
  const std::string head = "2000-10-10T20:55:36.000Z ";
  check(
      {{R"(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 200 2326)",
        head + "INFO file | GET /a?b=c HTTP/1.0 200 | text '127.0.0.1' | text 'frank' | text 'GET' | text '/a?b=c' | "
               "text 'HTTP/1.0' | number 200 '200' | number 2326 '2326' | - | - | -"},
       {R"(::1 - - [10/Oct/2000:13:55:36 -0700] "POST /x HTTP/1.1" 503 - "http://r/" "curl \"7\"" 0.125)",
        head + "ERROR file | POST /x HTTP/1.1 503 | latency=125 | text '::1' | - | text 'POST' | text '/x' | text "
               "'HTTP/1.1' | "
               "number 503 '503' | - | text 'http://r/' | text 'curl \\\"7\\\"' | number 0.125 '0.125'"},
       {R"(shop:443 10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 404 0 "-" "-" "x" 1.5 2.5)",
        head + "WARN file | GET / HTTP/1.1 404 | latency=1500 | text '10.0.0.1' | - | text 'GET' | text '/' | text "
               "'HTTP/1.1' | "
               "number 404 '404' | number 0 '0' | - | - | number 1.5 '1.5'"},
       {R"(1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "-" 408 0)",
        head + "WARN file | - 408 | text '1.2.3.4' | - | - | - | - | number 408 '408' | number 0 '0' | - | - | -"},
       {R"(1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET /a b HTTP/1.1" 200 0)",
        head + "INFO file | GET /a b HTTP/1.1 200 | text '1.2.3.4' | - | text 'GET' | text '/a b' | text 'HTTP/1.1' | "
               "number 200 '200' | number 0 '0' | - | - | -"},
       {R"(1.2.3.4 - - [30/Feb/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 0)", "dead bad_timestamp"},
       {R"(1.2.3.4 - - [now] "GET / HTTP/1.1" 200 0)", "dead unparsed"},
       {R"(1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1)", "dead unparsed"},
       {R"(1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 20 0)", "dead unparsed"},
       {R"(1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 2000 0)", "dead unparsed"},
       {"nothing of the kind", "dead unparsed"}},
      setup);
}

TEST(TextLineParser, Logfmt) {
  const ParseSetup setup{.format = LineFormat::kLogfmt, .projection = {"a", "a.b", "$['a.b']", "flag"}};
  const std::string head = "2023-01-29T17:20:11.000Z ";
  const std::string ts = "ts=2023-01-29T17:20:11Z ";
  check({{ts + "level=info service=pay msg=\"it is \\\"done\\\"\" latency_ms=12 trace_id=t",
          head + "INFO pay | it is \"done\" | latency=12 | trace=t | - | - | - | -"},
         {ts + "lvl=warn a=1 a.b=x flag", head + "WARN file |  | number 1 '1' | text 'x' | text 'x' | true"},
         {ts + "a= flag=\"\"", head + "- file |  | text '' | - | - | text ''"},
         {ts + "a=1 a=\"1\"", head + "- file |  | text '1' | - | - | -"},
         {ts + "a=\"\\u00e9\\q\"", head + "- file |  | text '\\u00e9\\q' | - | - | -"},
         {ts + "a=\"open end", head + "- file |  | text 'open end' | - | - | -"},
         {ts + "a=\"open end\\", head + "- file |  | text 'open end\\' | - | - | -"},
         {ts + "dur_us=1500 a=x=y", head + "- file |  | latency=1.5 | text 'x=y' | - | - | -"},
         {"t=1675012811 a=-01", head + "- file |  | text '-01' | - | - | -"},
         {"level=info msg=x", "dead no_timestamp"},
         {"ts=soon msg=x", "dead bad_timestamp"},
         {"just some words", "dead unparsed"},
         {"=x =y", "dead unparsed"}},
        setup);
}

TEST(TextLineParser, Plain) {
  const std::string at = "2023-01-29T17:20:11.371Z ";
  check(
      {{"2023-01-29 17:20:11.371 keystone/keystone INFO keystone.common.wsgi [req-1] GET /v3",
        at + "INFO keystone/keystone | keystone.common.wsgi [req-1] GET /v3 | text 'INFO' | text 'keystone/keystone'"},
       {"2023-01-29 17:20:11.371 25746 WARNING nova.osapi [-] x",
        at + "WARN file | nova.osapi [-] x | text 'WARNING' | -"},
       {"2023-01-29 17:20:11,371 [main] ERROR com.x.Y - msg", at + "ERROR file | com.x.Y - msg | text 'ERROR' | -"},
       {"2023-01-29 17:20:11,371 [http-nio-8080-exec-1] ERROR com.x.Y - msg",
        at + "ERROR file | com.x.Y - msg | text 'ERROR' | -"},
       {"2023-01-29 17:20:11,371 [payment] ERROR msg", at + "ERROR payment | msg | text 'ERROR' | text 'payment'"},
       {"2023-01-29 17:20:11,371 [ERROR] [payment] msg",
        at + "ERROR payment | [payment] msg | text 'ERROR' | text 'payment'"},
       {"2023-01-29 17:20:11,371 ERROR [req-892ece00-73d8] msg",
        at + "ERROR file | [req-892ece00-73d8] msg | text 'ERROR' | -"},
       {"[2023-01-29 17:20:11.371] production.ERROR: msg {\"a\":1}",
        at + "ERROR production | msg {\"a\":1} | text 'ERROR' | text 'production'"},
       {"2023-01-29 17:20:11,371 - payment - WARNING - msg",
        at + "WARN payment | msg | text 'WARNING' | text 'payment'"},
       {"2023-01-29 17:20:11.371 | INFO     | payment:run:12 - msg",
        at + "INFO file | payment:run:12 - msg | text 'INFO' | -"},
       {"2023-01-29 17:20:11.371  INFO 1234 --- [main] com.x.Y : msg",
        at + "INFO file | 1234 --- [main] com.x.Y : msg | text 'INFO' | -"},
       {"2023/01/29 17:20:11.371 [error] 123#0: *1 open() failed",
        at + "ERROR file | 123#0: *1 open() failed | text 'error' | -"},
       {"2023-01-29T17:20:11.371Z\terror\tlogger\tmsg", at + "ERROR file | logger\tmsg | text 'error' | -"},
       {"2023-01-29T17:20:11.371Z payment error msg", at + "ERROR payment | msg | text 'error' | text 'payment'"},
       {"2023-01-29T17:20:11.371Z payment: Error: msg", at + "ERROR payment | msg | text 'Error' | text 'payment'"},
       {"2023-01-29T17:20:11.371Z connection reset, an error occurred",
        at + "- file | connection reset, an error occurred | - | -"},
       {"2023-01-29T17:20:11.371Z user sent ERROR code", at + "ERROR file | user sent ERROR code | text 'ERROR' | -"},
       {"2023-01-29T17:20:11.371Z [I] msg", at + "INFO file | msg | text 'I' | -"},
       {"2023-01-29T17:20:11.371Z I am here", at + "- file | I am here | - | -"},
       {"2023-01-29T17:20:11.371Z it is fine", at + "- file | it is fine | - | -"},
       {"2023-01-29T17:20:11.371Z [payment] msg", at + "- payment | [payment] msg | - | text 'payment'"},
       {"2023-01-29T17:20:11.371Z", at + "- file |  | - | -"},
       {"1675012811.371 INFO msg", at + "INFO file | msg | text 'INFO' | -"},
       {"[29/Jan/2023:17:20:11.371 +0000] WARN msg", at + "WARN file | msg | text 'WARN' | -"},
       {"[Sun Jan 29 17:20:11.371 2023] [error] [client 1.2.3.4] x",
        at + "ERROR file | [client 1.2.3.4] x | text 'error' | -"},
       {"2023-02-30 17:20:11 INFO msg", "dead bad_timestamp"},
       {"Traceback (most recent call last):", "dead no_timestamp"},
       {"\tat com.x.Y.z(Y.java:12)", "dead no_timestamp"},
       {"12345 things", "dead no_timestamp"}},
      {.format = LineFormat::kPlain, .projection = {"level", "service"}});
}

TEST(TextLineParser, BytesThatNoEventMayHave) {
  for (const LineFormat format : {LineFormat::kSyslog3164, LineFormat::kSyslog5424, LineFormat::kCombined,
                                  LineFormat::kLogfmt, LineFormat::kPlain}) {
    check({{"\n", "dead empty"},
           {" \t \r\n", "dead empty"},
           {"2023-01-29 17:20:11 \xC3(", "dead invalid_utf8"},
           {std::string("2023-01-29 17:20:11 a\0b", 23), "dead nul_byte"}},
          {.format = format});
  }
}

TEST(TextLineParser, ALongLineIsCutAtACharacterAndMarked) {
  const std::string stamp = "2023-01-29 17:20:11 ";
  const ParseSetup setup{.format = LineFormat::kPlain, .max_line = stamp.size() + 4};
  check({{stamp + "abcd", "2023-01-29T17:20:11.000Z - file | abcd"},
         {stamp + "abcd\r\n", "2023-01-29T17:20:11.000Z - file | abcd"},
         {stamp + "abcde", "2023-01-29T17:20:11.000Z - file | abcd | truncated"},
         {stamp + "abc\xC3\xA9", "2023-01-29T17:20:11.000Z - file | abc | truncated"},
         {stamp + "a\xF0\x9F\x98\x80", "2023-01-29T17:20:11.000Z - file | a | truncated"},
         {stamp + "ab\xC3\xA9x", "2023-01-29T17:20:11.000Z - file | ab\xC3\xA9 | truncated"}},
        setup);
  check({{stamp + "abc\xC3", "2023-01-29T17:20:11.000Z - file | abc | truncated"}},
        {.format = LineFormat::kPlain, .dropped_bytes = 7});
}

TEST(TextLineParser, PartsAreOfferedUnderTheirNames) {
  check({{"2023-01-29 17:20:11 pay ERROR boom",
          "2023-01-29T17:20:11.000Z ERROR pay | boom | text 'ERROR' | text 'boom' | text 'pay' | text "
          "'2023-01-29T17:20:11.000Z'"}},
        {.format = LineFormat::kPlain, .projection = {"@level", "@message", "@service", "@timestamp"}});
}

TEST(TextLineParser, AStampWithoutAZoneIsLocalTime) {
  check({{"2023-01-29 17:20:11 x", "2023-01-29T09:20:11.000Z - file | x"},
         {"2023-01-29 17:20:11Z x", "2023-01-29T17:20:11.000Z - file | x"}},
        {.format = LineFormat::kPlain, .zone_offset = Period::hours(8)});
}

}  // namespace
}  // namespace tocsin::test
