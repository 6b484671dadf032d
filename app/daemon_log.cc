#include "app/daemon_log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "engine/base/text.h"

namespace tocsin {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kNone:
    case Level::kTrace:
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kFatal:
      return spdlog::level::critical;
  }
  return spdlog::level::info;
}

bool& as_json() {
  static bool value = false;
  return value;
}

}  // namespace

void open_daemon_log(const std::string& level, const std::string& format) {
  auto logger = std::make_shared<spdlog::logger>("tocsin", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  as_json() = format == "json";
  logger->set_pattern(
      as_json() ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %l: %v",
      spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::debug);
  // A stderr that is full or closed must not end the daemon.
  logger->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(std::move(logger));
}

void log_message(Level level, std::string_view message) {
  spdlog::log(spdlog_level(level), "{}", as_json() ? json_string(message) : printable(message));
}

}  // namespace tocsin
