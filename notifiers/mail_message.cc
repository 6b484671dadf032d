#include "notifiers/mail_message.h"

#include <algorithm>
#include <array>

#include "engine/base/sha256.h"
#include "engine/delivery/base64.h"
#include "notifiers/fitted_text.h"

namespace tocsin {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::size_t kLongestSubject = 250;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string display(const Mailbox& box) {
  if (box.name.empty()) return box.address;
  if (!is_plain(box.name)) return encode_header_text(box.name) + " <" + box.address + ">";
  std::string quoted = "\"";
  for (const char c : box.name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\" <" + box.address + ">";
}

// Fri, 20 Nov 2026 10:05:10 +0000
std::string mail_date(EventTime time) {
  constexpr std::array<const char*, 7> kDays = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::int64_t day = floor_to(time, Period::days(1)).ms / Period::days(1).ms;
  const CivilTime civil = to_civil(time);
  std::string text = kDays[static_cast<std::size_t>(((day % 7) + 7) % 7)];
  text += ", " + std::to_string(civil.day) + " " + kMonths[static_cast<std::size_t>(civil.month - 1)] + " ";
  return text + std::to_string(civil.year) + " " + to_iso8601(time).substr(11, 8) + " +0000";
}

void header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  // Nothing that comes here has a line break of its own but the folds of encoded words.
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool fold = value.substr(i, 3) == "\r\n ";
    if (fold) {
      out += kEnd;
      ++i;
    } else if (c != '\r' && c != '\n' && c != '\0') {
      out += c;
    }
  }
  out += kEnd;
}

void part(std::string& out, std::string_view boundary, std::string_view type, std::string_view content) {
  out.append("--").append(boundary).append(kEnd);
  header(out, "Content-Type", std::string(type) + "; charset=utf-8");
  header(out, "Content-Transfer-Encoding", "quoted-printable");
  out.append(kEnd).append(encode_quoted_printable(content)).append(kEnd);
}

}  // namespace

std::string encode_header_text(std::string_view text) {
  // "=?" would be read as an encoded word by itself.
  if (is_plain(text) && text.find("=?") == std::string_view::npos) return std::string(text);
  constexpr std::size_t kBytesPerWord = 42;  // 56 of base64, within 75 with "=?UTF-8?B?" and "?="
  std::string out;
  while (!text.empty()) {
    std::size_t size = 0;
    while (size < text.size() && size + character_size(text.substr(size)) <= kBytesPerWord) {
      size += character_size(text.substr(size));
    }
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + encode_base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string encode_quoted_printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::size_t kLine = 75;  // and a "=" where it goes on
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += kEnd;
      column = 0;
      continue;
    }
    const bool at_end = i + 1 == text.size() || text[i + 1] == '\n';
    const bool blank = c == ' ' || c == '\t';
    const bool plain = (c > 0x20 && c < 0x7f && c != '=') || (blank && !at_end);
    const std::size_t size = plain ? 1 : 3;
    if (column + size > kLine) {
      out.append("=").append(kEnd);
      column = 0;
    }
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '=';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
    column += size;
  }
  return out;
}

std::string render_mail(const MailMessage& mail) {
  // Made of the content, so that no text can hold it but on purpose, and a retry is the same mail.
  const std::string boundary = "=_" + content_id("part", {mail.id, mail.text, mail.html});
  std::string out;
  header(out, "Date", mail_date(mail.date));
  header(out, "From", display(mail.from));
  std::string to;
  for (const Mailbox& box : mail.to) to += (to.empty() ? "" : ",\r\n ") + display(box);
  header(out, "To", to);
  header(out, "Subject", encode_header_text(fitted(mail.subject, kLongestSubject, TextUnit::kBytes)));
  header(out, "Message-ID", "<" + mail.id + ">");
  if (!mail.thread.empty()) {
    header(out, "In-Reply-To", "<" + mail.thread + ">");
    header(out, "References", "<" + mail.thread + ">");
  }
  // So that no holiday notice answers.
  header(out, "Auto-Submitted", "auto-generated");
  header(out, "MIME-Version", "1.0");
  header(out, "Content-Type", "multipart/alternative;\r\n boundary=\"" + boundary + "\"");
  out += kEnd;
  part(out, boundary, "text/plain", mail.text);
  part(out, boundary, "text/html", mail.html);
  return out.append("--").append(boundary).append("--").append(kEnd);
}

}  // namespace tocsin
