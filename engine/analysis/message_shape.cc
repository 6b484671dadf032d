#include "engine/analysis/message_shape.h"

#include <algorithm>
#include <cstdint>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::string_view kCutMark = "…";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Not <cctype>: it asks the locale.
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex_letter(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_blank(char c) {
  return static_cast<std::uint8_t>(c) <= ' ' || c == '\x7f';
}
// Ends a word and stands for itself.
bool is_delimiter(char c) {
  return std::string_view("()[]{}<>,;=|\"'`").find(c) != std::string_view::npos;
}
struct WordTraits {
  std::size_t digits = 0, letters = 0, hex_letters = 0, uppers = 0, slashes = 0, others = 0;
  std::size_t turns = 0;  // changes between letters and digits
};

WordTraits traits_of(std::string_view word) {
  WordTraits traits;
  char last = 0;
  for (const char c : word) {
    if (is_digit(c)) {
      ++traits.digits;
      traits.turns += is_letter(last);
    } else if (is_letter(c)) {
      ++traits.letters;
      traits.hex_letters += is_hex_letter(c);
      traits.uppers += c <= 'Z';
      traits.turns += is_digit(last);
    } else {
      traits.slashes += c == '/' || c == '\\';
      ++traits.others;
    }
    last = c;
  }
  return traits;
}

bool is_path(std::string_view word, const WordTraits& traits) {
  if (traits.slashes == 0 || traits.letters + traits.digits == 0) return false;
  if (word.front() == '/' || word.front() == '\\' || word.front() == '~' || word.front() == '.') return true;
  if (word.size() > 2 && word[1] == ':' && word[2] == '\\') return true;
  // "read/write" and "application/json" are words; "usr/lib/x", "shard/7" and URLs are not.
  return traits.slashes > 1 || traits.digits > 0;
}

bool is_email(std::string_view word) {
  const std::size_t at = word.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < word.size() && word.find('.', at) != std::string_view::npos;
}

bool is_hex_id(const WordTraits& traits, std::size_t least) {
  return traits.others == 0 && traits.letters == traits.hex_letters && traits.letters + traits.digits >= least;
}

// A run of letters and digits within a word that is not variable as a whole.
bool is_variable_segment(std::string_view segment, const WordTraits& traits) {
  if (traits.digits == 0) return is_hex_id(traits, 8);
  if (is_digit(segment.front())) return true;  // "7", "12ms", "9f8a"
  if (traits.turns >= 2) return true;          // "a1b2", "x86y"
  return is_hex_id(traits, 6);                 // "ab1234"
}

// UUIDs, MAC and IPv6 addresses: hexadecimal digits in groups.
bool is_grouped_hex(std::string_view word, const WordTraits& traits) {
  const auto joints =
      static_cast<std::size_t>(std::ranges::count_if(word, [](char c) { return c == '-' || c == ':'; }));
  return joints >= 2 && joints == traits.others && traits.letters == traits.hex_letters &&
         traits.letters + traits.digits >= 6;
}

bool is_variable_word(std::string_view word, const WordTraits& traits) {
  if (is_path(word, traits) || is_email(word) || is_grouped_hex(word, traits)) return true;
  if (traits.digits == 0) return is_hex_id(traits, 8);
  const std::size_t first = word.find_first_not_of("+-$~");
  if (first != std::string_view::npos && is_digit(word[first])) return true;  // numbers, times, addresses, UUIDs
  // Random tokens: base64, ULIDs and the like, long and mixed.
  return traits.others == 0 && word.size() >= 16 && traits.turns >= 3;
}

class ShapeWriter {
 public:
  ShapeWriter(std::string_view message, std::string& shape)
      : text_(message.substr(0, kMaxShapeInput)), cut_(message.size() > kMaxShapeInput), out_(shape) {}

  void write() {
    out_.clear();
    while (at_ < text_.size() && out_.size() <= kMaxShape) {
      if (is_blank(text_[at_])) {
        ++at_;
        pending_blank_ = !out_.empty();
      } else if (text_.substr(at_, kShapeMark.size()) == kShapeMark) {
        at_ += kShapeMark.size();
        mark();
      } else if (is_delimiter(text_[at_])) {
        delimiter();
      } else {
        word();
      }
    }
    if (out_.size() > kMaxShape || cut_) shorten();
  }

 private:
  void blank() {
    if (pending_blank_) out_.push_back(' ');
    pending_blank_ = false;
  }

  // A list of variable things is one variable thing, however long: "<*>, <*> <*>" is "<*>".
  void mark() {
    std::size_t end = out_.size();
    while (end > 0 && (out_[end - 1] == ' ' || out_[end - 1] == ',')) --end;
    const bool in_list =
        std::string_view(out_).substr(0, end).ends_with(kShapeMark) && (pending_blank_ || end < out_.size());
    if (in_list) {
      out_.resize(end);
      pending_blank_ = false;
      return;
    }
    blank();
    out_.append(kShapeMark);
  }

  void delimiter() {
    const char c = text_[at_];
    const bool opens = (c == '"' || c == '\'' || c == '`') && (pending_blank_ || out_.empty() || out_.back() == '(');
    const std::size_t end = opens ? text_.find(c, at_ + 1) : std::string_view::npos;
    blank();
    out_.push_back(c);
    ++at_;
    if (end == std::string_view::npos || end == at_) return;
    // A quoted single word is a name of something ('alice' not found); several words say what happened. A key of JSON,
    // which a colon follows, stays.
    const std::string_view inside = text_.substr(at_, end - at_);
    const bool single = std::ranges::none_of(inside, [](char i) { return is_blank(i) || is_delimiter(i); });
    if (!single || (end + 1 < text_.size() && text_[end + 1] == ':')) return;
    at_ = end;
    mark();
  }

  void word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_])) {
      // "1,204" and "10:03:00,123" are one word, "a,b" is two.
      const bool grouped = text_[at_] == ',' && at_ > begin && is_digit(text_[at_ - 1]) && at_ + 1 < text_.size() &&
                           is_digit(text_[at_ + 1]);
      if (is_delimiter(text_[at_]) && !grouped) break;
      ++at_;
    }
    std::string_view whole = text_.substr(begin, at_ - begin);
    std::string_view tail;
    const std::size_t last = whole.find_last_not_of(".:!?");
    if (last != std::string_view::npos) {
      tail = whole.substr(last + 1);
      whole = whole.substr(0, last + 1);
    }
    if (is_variable_word(whole, traits_of(whole))) {
      mark();
    } else {
      blank();
      segments(whole);
    }
    out_.append(tail);
  }

  void segments(std::string_view whole) {
    std::size_t i = 0;
    while (i < whole.size()) {
      std::size_t end = i;
      while (end < whole.size() && (is_digit(whole[end]) || is_letter(whole[end]))) ++end;
      if (end == i) {
        i += other(whole, i);
        continue;
      }
      const std::string_view segment = whole.substr(i, end - i);
      const WordTraits traits = traits_of(segment);
      if (is_variable_segment(segment, traits)) {
        out_.append(kShapeMark);
      } else {
        const std::size_t letters = traits.digits == 0 ? segment.size() : segment.find_first_of("0123456789");
        out_.append(segment.substr(0, letters));
        if (letters < segment.size()) out_.append(kShapeMark);
      }
      i = end;
    }
  }

  // Punctuation or one character outside ASCII, made valid; answers how many bytes it took.
  std::size_t other(std::string_view whole, std::size_t i) {
    const auto lead = static_cast<std::uint8_t>(whole[i]);
    if (lead < 0x80) {
      out_.push_back(whole[i]);
      return 1;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    const std::string_view character = whole.substr(i, length);
    if (is_valid_utf8(character)) {
      // U+0080 to U+009F are control characters too.
      const bool control = lead == 0xc2 && static_cast<std::uint8_t>(character[1]) < 0xa0;
      out_.append(control ? kReplacement : character);
      return length;
    }
    out_.append(kReplacement);
    return 1;
  }

  void shorten() {
    if (out_.size() + kCutMark.size() > kMaxShape) out_.resize(kMaxShape - kCutMark.size());
    while (!out_.empty() && !is_valid_utf8(out_)) out_.pop_back();
    out_.append(kCutMark);
  }

  std::string_view text_;
  bool cut_;
  std::string& out_;
  std::size_t at_ = 0;
  bool pending_blank_ = false;
};

}  // namespace

void message_shape(std::string_view message, std::string& shape) {
  ShapeWriter(message, shape).write();
}

std::string message_shape(std::string_view message) {
  std::string shape;
  message_shape(message, shape);
  return shape;
}

}  // namespace tocsin
