// The JSON walker beside a slow, plain reader of the same grammar: on whole lines and on thousands of broken ones both
// must agree which lines are JSON objects.
#include <gtest/gtest.h>

#include <random>

#include "engine/base/text.h"
#include "test/engine/event/parse_lines.h"

namespace tocsin::test {
namespace {

// Recursive descent over RFC 8259, with simdjson's reading of surrogates.
class PlainJson {
 public:
  explicit PlainJson(std::string_view text) : text_(text) {}
  bool is_object() {
    blanks();
    return at_ < text_.size() && text_[at_] == '{' && value() && (blanks(), at_ == text_.size());
  }

 private:
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }
  bool value() {
    blanks();
    if (take('{')) {
      if (take('}')) return true;
      do {
        blanks();
        if (!string() || !take(':') || !value()) return false;
      } while (take(','));
      return take('}');
    }
    if (take('[')) {
      if (take(']')) return true;
      do {
        if (!value()) return false;
      } while (take(','));
      return take(']');
    }
    if (at_ < text_.size() && text_[at_] == '"') return string();
    return word("true") || word("false") || word("null") || number();
  }
  bool digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }
  bool number() {
    word("-");
    if (!word("0") && !digits()) return false;
    if (word(".") && !digits()) return false;
    if (word("e") || word("E")) {
      if (!word("+")) word("-");
      return digits();
    }
    return true;
  }
  bool hex(unsigned& code) {
    if (at_ + 4 > text_.size()) return false;
    code = 0;
    for (const char c : text_.substr(at_, 4)) {
      const std::size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(std::tolower(c)));
      if (digit == std::string_view::npos) return false;
      code = code * 16 + static_cast<unsigned>(digit);
    }
    at_ += 4;
    return true;
  }
  bool escape() {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    unsigned first = 0;
    unsigned second = 0;
    if (!hex(first)) return false;
    if (first < 0xD800 || first > 0xDFFF) return true;
    return first < 0xDC00 && word("\\u") && hex(second) && second >= 0xDC00 && second <= 0xDFFF;
  }
  bool string() {
    if (!word("\"")) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string random_value(std::mt19937& random, int depth) {
  static constexpr std::string_view kScalars[] = {
      "1",     "-0",         "1.5e-3",      "123456789012345678", "true",       "false",    "null", "\"\"",
      "\"x\"", "\"a\\\"b\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"{[,:]}\"", "\"\\\\\"", "\"é\""};
  const unsigned kind = random() % (depth > 3 ? 1 : 3);
  if (kind == 0) return std::string(kScalars[random() % std::size(kScalars)]);
  std::string out = kind == 1 ? "{" : "[";
  const unsigned count = random() % 4;
  for (unsigned i = 0; i < count; ++i) {
    if (i > 0) out += random() % 4 == 0 ? " , " : ",";
    if (kind == 1)
      out += std::string(1, '"') + static_cast<char>('a' + random() % 4) + (random() % 9 == 0 ? "\" : " : "\":");
    out += random_value(random, depth + 1);
  }
  return out + (kind == 1 ? "}" : "]");
}

TEST(JsonLineParser, AgreesWithAPlainReaderAboutWhatIsJson) {
  std::mt19937 random(3);
  const auto parser = make_parser({.projection = {"a", "a.b", "a[1].c", "b.a.a", "msg"}});
  int good = 0;
  int bad = 0;
  for (int round = 0; round < 600; ++round) {
    std::vector<std::string> lines;
    std::string text;
    for (int i = 0; i < 20; ++i) {
      std::string line =
          R"({"ts":1674984011,"a":)" + random_value(random, 0) + ",\"b\":" + random_value(random, 0) + "}";
      if (random() % 3 == 0) {
        static constexpr std::string_view kBytes = "\"\\{}[]:, \t0e-.tnu";
        const std::size_t at = 17 + random() % (line.size() - 17);
        if (random() % 2 == 0)
          line.erase(at, 1 + random() % 3);
        else
          line.insert(at, 1, kBytes[random() % kBytes.size()]);
      }
      lines.push_back(line);
      text += line + "\n";
    }
    ParsedBatch batch;
    batch.raw.bytes = text;
    parser->parse(batch);
    const std::vector<std::string> shown = describe(batch);
    ASSERT_EQ(shown.size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool is_json = is_valid_utf8(lines[i]) && PlainJson(lines[i]).is_object();
      (is_json ? good : bad) += 1;
      const bool walked = shown[i] != "dead broken_json" && shown[i] != "dead invalid_utf8";
      ASSERT_EQ(walked, is_json) << lines[i] << "\n" << shown[i];
    }
  }
  EXPECT_GT(good, 6000);
  EXPECT_GT(bad, 1500);
}

}  // namespace
}  // namespace tocsin::test
