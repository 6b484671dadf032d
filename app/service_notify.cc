#include "app/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ctime>

#include "engine/base/text.h"

namespace tocsin {
namespace {

std::int64_t monotonic_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

std::optional<double> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : parse_number(value);
}

}  // namespace

ServiceNotify::ServiceNotify() {
  const char* address = std::getenv("NOTIFY_SOCKET");
  if (address == nullptr || (address[0] != '/' && address[0] != '@')) return;
  address_ = address;
  if (address_.size() >= sizeof(sockaddr_un{}.sun_path)) return;
  socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const std::optional<double> usec = variable("WATCHDOG_USEC");
  const std::optional<double> pid = variable("WATCHDOG_PID");
  if (usec && *usec > 0 && (!pid || *pid == static_cast<double>(getpid()))) {
    watchdog_ = Period{static_cast<std::int64_t>(*usec / 1000)};
  }
}

ServiceNotify::~ServiceNotify() {
  if (socket_ >= 0) close(socket_);
}

void ServiceNotify::send(const std::string& text) const {
  if (socket_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // an abstract name
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // A manager that doesn't listen is its own affair.
  (void)sendto(socket_, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
}

void ServiceNotify::ready() {
  send("READY=1");
}

void ServiceNotify::reloading() {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_us()));
}

void ServiceNotify::stopping() {
  send("STOPPING=1");
}

void ServiceNotify::status(const std::string& text) {
  send("STATUS=" + printable(text));
}

void ServiceNotify::watchdog() {
  if (!watchdog_) return;
  const std::int64_t now = monotonic_us();
  if (now - last_watchdog_us_ < watchdog_->ms * 1000 / 3) return;
  last_watchdog_us_ = now;
  send("WATCHDOG=1");
}

}  // namespace tocsin
