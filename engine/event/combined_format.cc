// Access logs of nginx and Apache:
//   [vhost] host ident user [10/Oct/2000:13:55:36 -0700] "GET /x HTTP/1.1" 200 2326 ["referer" "user agent"
//   [request_time]]
#include "engine/event/json_scalar.h"
#include "engine/event/text_format.h"
#include "engine/event/text_scan.h"
#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

// Takes a text in quotes, in which a backslash makes the next character literal; the text is left as written.
bool take_quoted(std::string_view& text, std::string_view& inside) {
  if (text.empty() || text.front() != '"') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      inside = text.substr(1, i - 1);
      text.remove_prefix(i + 1);
      skip_blanks(text);
      return true;
    }
  }
  return false;
}

class CombinedFormat : public TextFormat {
 public:
  CombinedFormat(const TextFieldNames& names, Period zone_offset)
      : zone_offset_(zone_offset),
        remote_addr_(names.number("remote_addr")),
        remote_user_(names.number("remote_user")),
        method_(names.number("method")),
        path_(names.number("path")),
        protocol_(names.number("protocol")),
        status_(names.number("status")),
        bytes_(names.number("bytes")),
        referer_(names.number("referer")),
        user_agent_(names.number("user_agent")),
        request_time_(names.number("request_time")),
        message_(names.number("message")) {}

  std::optional<DeadReason> read(std::string_view text, TextLine& line) const override {
    if (!read_client(text, line)) return DeadReason::kUnparsed;
    const ScannedStamp stamp = scan_common_log(text, zone_offset_);
    text.remove_prefix(stamp.length);
    if (!take_char(text, ']')) return DeadReason::kUnparsed;
    skip_blanks(text);
    if (const std::optional<DeadReason> reason = read_request(text, line)) return reason;
    if (!stamp.time) return DeadReason::kBadTimestamp;
    line.event.time = *stamp.time;
    line.has_time = true;
    read_rest(text, line);
    return std::nullopt;
  }

 private:
  // Up to the bracket of the time: three words, or four where the first is the virtual host.
  bool read_client(std::string_view& text, TextLine& line) const {
    std::string_view before = text;
    const std::string_view first = take_token(before);
    const std::string_view second = take_token(before);
    std::string_view user = before.substr(0, std::min(before.find(" ["), before.size()));
    if (first.empty() || second.empty() || user.empty() || user.size() == before.size()) return false;
    text = before.substr(user.size() + 2);
    const bool has_host = user.starts_with("- ") && first.find(':') != std::string_view::npos && second != "-";
    if (has_host) user.remove_prefix(2);
    line.offer(remote_addr_, has_host ? second : first);
    if (user != "-") line.offer(remote_user_, user);
    return true;
  }

  std::optional<DeadReason> read_request(std::string_view& text, TextLine& line) const {
    std::string_view request;
    if (!take_quoted(text, request)) return DeadReason::kUnparsed;
    const std::string_view status = take_token(text);
    if (status.size() != 3 || !all_digits(status) || status < "100") return DeadReason::kUnparsed;
    line.offer_number(status_, status);
    line.event.level = status >= "500" ? Level::kError : status >= "400" ? Level::kWarn : Level::kInfo;

    char* room = line.arena.room(request.size() + 1 + status.size());
    char* end = std::ranges::copy(request, room).out;
    *end++ = ' ';
    std::ranges::copy(status, end);
    line.event.message = line.arena.keep(room, request.size() + 1 + status.size());
    line.offer(message_, line.event.message);

    const std::string_view method = take_token(request);
    const std::size_t last_blank = request.rfind(' ');
    if (request.empty()) return std::nullopt;  // "-", or what no browser sends
    line.offer(method_, method);
    line.offer(path_, without_blanks_behind(request.substr(0, last_blank)));
    if (last_blank != std::string_view::npos) line.offer(protocol_, request.substr(last_blank + 1));
    return std::nullopt;
  }

  void read_rest(std::string_view text, TextLine& line) const {
    const std::string_view bytes = take_token(text);
    if (all_digits(bytes)) line.offer_number(bytes_, bytes);
    std::string_view quoted;
    if (take_quoted(text, quoted) && quoted != "-") line.offer(referer_, quoted);
    if (take_quoted(text, quoted) && quoted != "-") line.offer(user_agent_, quoted);
    while (!text.empty()) {  // other fields that an operator added, quoted or not; the first number is the time
      if (take_quoted(text, quoted)) {
        if (!is_json_number(quoted)) continue;
      } else {
        quoted = take_token(text);
        if (!is_json_number(quoted)) continue;
      }
      line.offer_number(request_time_, quoted);
      return;
    }
  }

  Period zone_offset_;
  std::uint32_t remote_addr_, remote_user_, method_, path_, protocol_, status_, bytes_, referer_, user_agent_,
      request_time_, message_;
};

}  // namespace

std::unique_ptr<TextFormat> make_combined_format(const TextFieldNames& names, Period zone_offset) {
  return std::make_unique<CombinedFormat>(names, zone_offset);
}

}  // namespace tocsin
