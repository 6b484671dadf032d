#include "engine/delivery/contact_point.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/delivery/contact_point_types.h"
#include "engine/delivery/mailbox.h"

namespace tocsin {
namespace {

TEST(RedactedUrl, LeavesOutWhatMayBeASecret) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"https://example.com", "https://example.com"},
      {"https://example.com/", "https://example.com"},
      {"https://hooks.slack.com/services/T0/B0/token", "https://hooks.slack.com/…"},
      {"https://example.com?token=1", "https://example.com/…"},
      {"http://user:password@example.com:8080/x", "http://example.com:8080/…"},
      {"http://user:p@ss@example.com", "http://example.com"},
      {"http://user:pa/ss@example.com/x", "http://***/…"},
      {"smtp://mail.example.com:587", "smtp://mail.example.com:587"},
      {"file:alerts.ndjson", "file:alerts.ndjson"},
      {"stdout:", "stdout:"},
      {"whsec_oops", "***"},
  };
  for (const auto& [url, shown] : rows) EXPECT_EQ(redacted_url(url), shown) << url;
}

TEST(ContactPointTypes, NamesAreUniqueAndSettingsExplained) {
  std::set<std::string_view> names;
  for (const ContactPointType& type : contact_point_types()) {
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    EXPECT_EQ(find_contact_point_type(type.name), &type);
    EXPECT_FALSE(type.help.empty());
    std::set<std::string_view> settings;
    for (const ContactSetting& setting : type.settings) {
      EXPECT_TRUE(settings.insert(setting.name).second) << setting.name;
      EXPECT_FALSE(setting.help.empty()) << setting.name;
    }
  }
  EXPECT_EQ(find_contact_point_type("pigeon"), nullptr);
}

TEST(SignatureStyles, HaveNames) {
  for (const auto style : {SignatureStyle::kStandard, SignatureStyle::kGithub, SignatureStyle::kStripe}) {
    EXPECT_EQ(parse_signature_style(to_text(style)), style);
  }
  EXPECT_EQ(parse_signature_style("gitlab"), std::nullopt);
}

TEST(Mailbox, IsReadAsPeopleWriteIt) {
  struct Row {
    const char* text;
    const char* name;
    const char* address;
  };
  const Row rows[] = {
      {"a@example.com", "", "a@example.com"},
      {"  a@example.com ", "", "a@example.com"},
      {"<a@example.com>", "", "a@example.com"},
      {"On call <a@example.com>", "On call", "a@example.com"},
      {"\"Doe, J.\" <j+x@example.com>", "Doe, J.", "j+x@example.com"},
      {"Ärzte <a@example.com>", "Ärzte", "a@example.com"},
  };
  for (const Row& row : rows) {
    const std::optional<Mailbox> box = parse_mailbox(row.text);
    ASSERT_TRUE(box) << row.text;
    EXPECT_EQ(box->name, row.name);
    EXPECT_EQ(box->address, row.address);
  }
  for (const char* text : {"", "a", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nBcc: c@d", "x\n <a@b>", "a@b>", "<a@b",
                           "a,b@c", "<x> <a@b>", "ä@example.com", "a@b;c@d"}) {
    EXPECT_FALSE(parse_mailbox(text)) << text;
  }
}

}  // namespace
}  // namespace tocsin
