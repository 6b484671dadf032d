#include "app/webhook_secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "app/checked_output.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "app/text_file.h"
#include "engine/base/text.h"
#include "engine/delivery/webhook_secret.h"
#include "engine/event/timestamp.h"
#include "notifiers/signature.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin));
}

std::string key_in(const std::string& file) {
  const std::string secret = trimmed(read_text_file(file));
  if (const std::string fault = check_webhook_secret(secret); !fault.empty()) {
    throw std::invalid_argument(file + ": " + fault);
  }
  return *webhook_key(secret);
}

Period period_of(const std::string& text, const char* option) {
  const std::optional<Period> period = parse_period(text);
  if (!period) throw std::invalid_argument(std::string(option) + " must be a duration, such as 5m or 24h");
  return *period;
}

// Whole or not at all, and for its owner alone.
void write_secret(const std::string& file, const std::string& secret) {
  const std::string beside = file + ".new";
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::runtime_error("cannot write " + beside + ": " + std::strerror(errno));
  const std::string line = secret + "\n";
  const bool written = ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const bool kept = written && ::fsync(descriptor) == 0;
  ::close(descriptor);
  std::error_code error;
  if (kept) fs::rename(beside, file, error);
  if (kept && !error) return;
  fs::remove(beside, error);
  throw std::runtime_error("cannot write " + file);
}

}  // namespace

EventTime wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

int verify_webhook(const VerifyArguments& arguments) {
  const std::string key = key_in(arguments.secret_file);
  std::map<std::string, std::string> headers;
  for (const std::string& header : arguments.headers) {
    const std::size_t colon = std::min(header.find(':'), header.size());
    headers[to_lower(trimmed(header.substr(0, colon)))] = trimmed(header.substr(std::min(colon + 1, header.size())));
  }
  const std::string body = read_text_file(arguments.body_file);
  SignatureTolerance tolerance{.now = wall_clock(), .either_way = period_of(arguments.tolerance, "--tolerance")};
  if (!arguments.now.empty()) {
    const std::optional<EventTime> now = parse_timestamp(arguments.now, {});
    if (!now) throw std::invalid_argument("--now must be a time, such as 2026-11-20T10:05:10Z");
    tolerance.now = *now;
  }
  const SignatureCheck check =
      check_signature(key, {.id = headers["webhook-id"], .timestamp = headers["webhook-timestamp"], .body = body},
                      headers["webhook-signature"], tolerance);
  CheckedOutput out;
  out.line(to_text(check));
  out.flush();
  return check == SignatureCheck::kValid ? kExitOk : kExitFailure;
}

int rotate_secret(const RotateArguments& arguments) {
  const std::string& file = arguments.secret_file;
  const std::string before = file + ".old";
  const Period overlap = period_of(arguments.overlap, "--overlap");
  CheckedOutput out;
  if (!fs::exists(file)) {
    write_secret(file, new_webhook_secret());
    tell("the first secret is in " + file + "; give it to the receiver");
    out.line(fmt::format("secret: {{file: {}}}", json_string(file)));
    out.flush();
    return kExitOk;
  }
  (void)key_in(file);  // what is no secret is not pushed aside
  if (fs::exists(before)) {
    tell(before + " is still there: remove it, and its line in the rules file, once that secret has expired");
    return kExitFailure;
  }
  fs::copy_file(file, before);
  write_secret(file, new_webhook_secret());
  const EventTime until = floor_to(wall_clock() + overlap, Period::minutes(1));
  tell("the new secret is in " + file + "; give it to the receiver, which may accept both until the old one expires");
  out.line("secrets:");
  out.line(fmt::format("  - {{file: {}}}", json_string(file)));
  out.line(fmt::format("  - {{file: {}, until: {}Z}}", json_string(before), to_iso8601(until).substr(0, 16)));
  out.flush();
  return kExitOk;
}

}  // namespace tocsin
