#include "notifiers/mail_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/text.h"
#include "engine/delivery/base64.h"

namespace tocsin {
namespace {

using testing::HasSubstr;
using testing::Not;

MailMessage mail() {
  MailMessage made;
  made.from = {"tocsin", "tocsin@example.com"};
  made.to = {{"", "a@example.com"}};
  made.subject = "it broke";
  made.id = "evt_1@example.com";
  made.date = from_civil({.year = 2026, .month = 11, .day = 20, .hour = 9, .minute = 5, .second = 7});
  made.text = "text\n";
  made.html = "<p>html</p>\n";
  return made;
}

TEST(MailMessage, HasItsHeadersAndBothParts) {
  const std::string text = render_mail(mail());
  EXPECT_THAT(text, HasSubstr("Date: Fri, 20 Nov 2026 09:05:07 +0000\r\nFrom: \"tocsin\" <tocsin@example.com>\r\n"
                              "To: a@example.com\r\nSubject: it broke\r\nMessage-ID: <evt_1@example.com>\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\n\r\ntext\r\n\r\n--=_part_"));
  EXPECT_THAT(text, HasSubstr("\r\n\r\n<p>html</p>\r\n\r\n--=_part_"));
  EXPECT_THAT(text, Not(HasSubstr("In-Reply-To")));
}

// Bare line ends break mail, and so do lines of more than 998 bytes.
TEST(MailMessage, LinesEndAsTheyMust) {
  MailMessage long_one = mail();
  long_one.subject = std::string(2000, 'x') + "ä";
  long_one.text = std::string(5000, 'y') + "\n\r\n.\nFrom here\n" + std::string(200, '\xc3') + "\t \n=";
  for (int i = 0; i < 100; ++i) long_one.to.push_back({"Ä" + std::string(300, 'b'), "b@example.com"});
  const std::string text = render_mail(long_one);
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    ASSERT_EQ(text[i] == '\n', i > 0 && text[i - 1] == '\r') << i;
    column = text[i] == '\n' ? 0 : column + 1;
    ASSERT_LE(column, 999u);
    ASSERT_LT(static_cast<unsigned char>(text[i]), 0x80) << i;
  }
}

TEST(MailMessage, NoValueBecomesAHeader) {
  MailMessage hostile = mail();
  hostile.subject = "a\r\nBcc: x@y\nB: c";
  hostile.id = "evt\r\nX: y";
  hostile.from.name = "n\r\nX: y";
  const std::string text = render_mail(hostile);
  const std::string headers = text.substr(0, text.find("\r\n\r\n"));
  EXPECT_THAT(headers, Not(HasSubstr("\nBcc")));
  EXPECT_THAT(headers, Not(HasSubstr("\nX:")));
  EXPECT_THAT(headers, Not(HasSubstr("\nB:")));
}

TEST(HeaderText, IsEncodedWhereItIsNotPlain) {
  EXPECT_EQ(encode_header_text("plain text"), "plain text");
  EXPECT_EQ(encode_header_text("grün"), "=?UTF-8?B?Z3LDvG4=?=");
  EXPECT_EQ(encode_header_text("=?utf-8?q?x?="), "=?UTF-8?B?PT91dGYtOD9xP3g/PQ==?=");
  const std::string text = "äöü€😀 and some more of it, so that it does not fit into one word at all 😀😀😀😀";
  std::string decoded;
  const std::string encoded = encode_header_text(text);
  for (std::size_t at = 0; at < encoded.size();) {
    const std::size_t end = std::min(encoded.find("\r\n ", at), encoded.size());
    const std::string word = encoded.substr(at, end - at);
    EXPECT_LE(word.size(), 75u);
    const std::string part = decode_base64(word.substr(10, word.size() - 12)).value();
    EXPECT_TRUE(is_valid_utf8(part));  // no character is torn
    decoded += part;
    at = end + 3;
  }
  EXPECT_EQ(decoded, text);
}

TEST(QuotedPrintable, KeepsLinesShort) {
  EXPECT_EQ(encode_quoted_printable("a=b\nc \nd\t"), "a=3Db\r\nc=20\r\nd=09");
  EXPECT_EQ(encode_quoted_printable("ä"), "=C3=A4");
  const std::string long_line = encode_quoted_printable(std::string(200, 'x'));
  EXPECT_EQ(long_line, std::string(75, 'x') + "=\r\n" + std::string(75, 'x') + "=\r\n" + std::string(50, 'x'));
}

}  // namespace
}  // namespace tocsin
