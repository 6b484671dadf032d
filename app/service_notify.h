// Tells the service manager how the daemon is doing: sd_notify's protocol, a datagram to the socket named by
// NOTIFY_SOCKET. Does nothing where nobody asked.
#pragma once

#include <optional>
#include <string>

#include "engine/base/time.h"

namespace tocsin {

class ServiceNotify {
 public:
  ServiceNotify();
  ~ServiceNotify();
  ServiceNotify(const ServiceNotify&) = delete;
  ServiceNotify& operator=(const ServiceNotify&) = delete;

  void ready();
  void reloading();  // ready() again when it is done
  void stopping();
  void status(const std::string& text);
  void watchdog();  // "alive"; sends at most as often as is useful
  // How often the manager wants to hear watchdog(); nothing: never.
  std::optional<Period> watchdog_interval() const { return watchdog_; }

 private:
  void send(const std::string& text) const;

  int socket_ = -1;
  std::string address_;
  std::optional<Period> watchdog_;
  std::int64_t last_watchdog_us_ = 0;
};

}  // namespace tocsin
