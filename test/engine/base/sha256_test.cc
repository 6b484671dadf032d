#include "engine/base/sha256.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

// The examples of FIPS 180-4's test values.
TEST(Sha256, GivesTheStandardsDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowBytesArrive) {
  const std::string text(1000, 'x');
  for (const std::size_t step : {1U, 3U, 55U, 56U, 63U, 64U, 65U, 999U}) {
    Sha256 sha;
    for (std::size_t at = 0; at < text.size(); at += step) sha.update(std::string_view(text).substr(at, step));
    EXPECT_EQ(sha.finish_hex(), sha256_hex(text)) << step;
  }
}

TEST(ContentId, TellsPartsApart) {
  EXPECT_EQ(content_id("trn", {"a", "b"}), content_id("trn", {"a", "b"}));
  EXPECT_NE(content_id("trn", {"ab", "c"}), content_id("trn", {"a", "bc"}));
  EXPECT_NE(content_id("trn", {"a"}), content_id("evt", {"a"}));
  EXPECT_EQ(content_id("trn", {"a"}).size(), 4 + 26U);
}

}  // namespace
}  // namespace tocsin
