#include "engine/analysis/message_shape.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/base/text.h"

namespace tocsin {
namespace {

struct ShapeCase {
  std::string message, shape;
};

TEST(MessageShape, MasksWhatVaries) {
  const ShapeCase cases[] = {
      {"", ""},
      {"connection pool exhausted", "connection pool exhausted"},
      // numbers, units, durations
      {"timeout after 5000 ms", "timeout after <*> ms"},
      {"timeout after 5000ms", "timeout after <*>"},
      {"took 1.5s, 12% of -3", "took <*> of <*>"},
      {"1,204 rows (0x1F)", "<*> rows (<*>)"},
      {"status=503 retries=2", "status=<*> retries=<*>"},
      {"HTTP 503.", "HTTP <*>."},
      {"50% of 1e9", "<*> of <*>"},
      // times
      {"at 2026-11-20T10:03:00.250Z done", "at <*> done"},
      {"2026-11-20 10:03:00,123 ERROR x", "<*> ERROR x"},
      {"17:20:11.371 ERROR o.a.c.C.[dispatcherServlet]#175 threw", "<*> ERROR o.a.c.C.[dispatcherServlet]#<*> threw"},
      // addresses
      {"connect to 10.0.0.7:8080 refused", "connect to <*> refused"},
      {"peer [::1]:53 gone", "peer [::<*>]:<*> gone"},
      {"mail to bob.smith@example.com bounced", "mail to <*> bounced"},
      {"GET https://example.com/a?b=1 failed", "GET <*>=<*> failed"},
      // ids and hashes
      {"order 550e8400-e29b-41d4-a716-446655440000 lost", "order <*> lost"},
      {"order a50e8400-e29b-41d4-a716-446655440000 lost", "order <*> lost"},
      {"from aa:bb:cc:dd:ee:ff and fe80::1ff:fe23:4567:890a", "from <*> and <*>"},
      {"ticket #4711", "ticket #<*>"},
      {"commit deadbeef is bad", "commit <*> is bad"},
      {"trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace <*>"},
      {"token dGhpc0lzQVRlc3Q5OTk4ODc3", "token <*>"},
      {"req-9f8a7c on node12", "req-<*> on node<*>"},
      {"worker_42 of pool-7.shard3", "worker_<*> of pool-<*>.shard<*>"},
      // paths
      {"open /var/lib/app/x.db: denied", "open <*>: denied"},
      {"open C:\\temp\\x.db denied", "open <*> denied"},
      {"./bin/run and ~/x", "<*> and <*>"},
      {"read/write of application/json", "read/write of application/json"},
      // quoted words
      {"user 'alice' not found", "user '<*>' not found"},
      {"user \"alice\" not found", "user \"<*>\" not found"},
      {"reason \"pool is full\"", "reason \"pool is full\""},
      {"can't open the user's file", "can't open the user's file"},
      {"{\"status\":500,\"error\":\"Broken\"}", "{\"status\":<*>,\"error\":\"Broken\"}"},
      {"it said \"status\": bad", "it said \"status\": bad"},
      // lists of any length are one
      {"missing [1, 2, 3]", "missing [<*>]"},
      {"missing [1]", "missing [<*>]"},
      {"a1 b2 c3", "a<*> b<*> c<*>"},
      // blanks and control characters
      {"  a \t\r\n b  ", "a b"},
      {std::string("a\0b", 3), "a b"},
      {"\x1b[31mred", "[<*>"},
      // text that is not ASCII, and what is no text
      {"größe überschritten: 12 €", "größe überschritten: <*> €"},
      {"bad \xff\xc3 bytes", "bad \xef\xbf\xbd\xef\xbf\xbd bytes"},
      {"c1 \xc2\x9b"
       "31m",
       "c<*> \xef\xbf\xbd"
       "<*>"},
      {"already <*> masked", "already <*> masked"},
      // words with a digit that say something keep their letters
      {"utf8 and x509 and log4j", "utf<*> and x<*> and <*>"},
      {"ServiceImpl failed", "ServiceImpl failed"},
  };
  for (const ShapeCase& c : cases) EXPECT_EQ(message_shape(c.message), c.shape) << printable(c.message);
}

TEST(MessageShape, SameThingSameShape) {
  const std::string groups[][3] = {
      {"timeout calling payment after 120 ms (attempt 1)", "timeout calling payment after 98231 ms (attempt 12)",
       "timeout calling payment after 1.5 ms (attempt 3)"},
      {"user 17 from 10.1.2.3 denied", "user 9912345 from 192.168.0.1 denied", "user 3 from 8.8.8.8:53 denied"},
      {"order 0b1c8e7a-0001-4c4e-9a55-aaaaaaaaaaaa lost", "order f47ac10b-58cc-4372-a567-0e02b2c3d479 lost",
       "order 00000000-0000-0000-0000-000000000000 lost"},
  };
  for (const auto& group : groups) {
    EXPECT_EQ(message_shape(group[0]), message_shape(group[1]));
    EXPECT_EQ(message_shape(group[0]), message_shape(group[2]));
  }
}

TEST(MessageShape, IsBounded) {
  const std::string inputs[] = {std::string(1'000'000, 'a'), std::string(1'000'000, '1'), std::string(100'000, '"'),
                                std::string(100'000, '\xc3'), std::string(100'000, '<')};
  for (const std::string& input : inputs) {
    const std::string shape = message_shape(input);
    EXPECT_LE(shape.size(), kMaxShape);
    EXPECT_TRUE(shape.ends_with("…")) << shape;
  }
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "é" + std::string(1, static_cast<char>('a' + i % 26)) + " ";
  EXPECT_LE(message_shape(many).size(), kMaxShape);
  EXPECT_TRUE(is_valid_utf8(message_shape(many)));
}

TEST(MessageShape, OfAnythingIsValidBoundedAndTheSameEachTime) {
  std::mt19937 random(20261120);
  const std::string pieces[] = {"a",  "Z", "7",   "42", " ", "\t",   "\"", "'",  "/",  "-", "_",   ".",   ",",
                                ":",  "=", "<*>", "<",  "*", "\xc3", "é",  "@",  "0x", "[", "]",   "abc", "ff",
                                "\\", "#", "e9",  "%",  "+", "{",    "}",  "\0", "\n", "…", "x.y", "~",   "dead"};
  for (int round = 0; round < 20'000; ++round) {
    std::string message;
    const auto length = random() % 30;
    for (std::size_t i = 0; i < length; ++i) message += pieces[random() % std::size(pieces)];
    const std::string shape = message_shape(message);
    ASSERT_TRUE(is_valid_utf8(shape)) << printable(message);
    ASSERT_LE(shape.size(), kMaxShape);
    ASSERT_EQ(message_shape(message), shape);
    for (const char c : shape) ASSERT_GE(static_cast<unsigned char>(c), 0x20) << printable(message);
  }
}

}  // namespace
}  // namespace tocsin
