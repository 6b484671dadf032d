#include "app/service_notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace tocsin {
namespace {

// What a service manager listens on.
class Manager {
 public:
  Manager() : path_(testing::TempDir() + "notify-" + std::to_string(getpid())) {
    std::filesystem::remove(path_);
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~Manager() {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    close(socket_);
    std::filesystem::remove(path_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  std::string heard() const {
    char buffer[256];
    const ssize_t n = recv(socket_, buffer, sizeof buffer, 0);
    return n < 0 ? "" : std::string(buffer, static_cast<std::size_t>(n));
  }

 private:
  std::string path_;
  int socket_ = -1;
};

TEST(ServiceNotify, TellsTheManager) {
  const Manager manager;
  setenv("WATCHDOG_USEC", "3000000", 1);
  ServiceNotify service;
  service.ready();
  EXPECT_EQ(manager.heard(), "READY=1");
  service.reloading();
  EXPECT_TRUE(manager.heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  service.status("two\nlines");
  EXPECT_EQ(manager.heard().find('\n'), std::string::npos);
  service.stopping();
  EXPECT_EQ(manager.heard(), "STOPPING=1");
  EXPECT_EQ(service.watchdog_interval(), Period::seconds(3));
  service.watchdog();
  EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  service.watchdog();
  EXPECT_EQ(manager.heard(), "") << "often enough is enough";
}

TEST(ServiceNotify, IsSilentWhereNobodyAsked) {
  unsetenv("NOTIFY_SOCKET");
  ServiceNotify service;
  service.ready();
  service.watchdog();
  EXPECT_FALSE(service.watchdog_interval());
}

}  // namespace
}  // namespace tocsin
