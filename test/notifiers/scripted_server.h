// An HTTP server on 127.0.0.1 for tests: takes one connection after another and treats each as the next line of its
// script says. Its thread blocks in accept() and ends with the object.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/ensure.h"

namespace tocsin {

class ScriptedServer {
 public:
  struct Act {
    std::string answer;    // bytes as sent; empty: the connection is reset
    bool endless = false;  // then body bytes until the client goes away
    bool hold = false;     // the connection stays open until the client closes it
  };

  explicit ScriptedServer(std::vector<Act> script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ENSURE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    ENSURE(listen(listener_, 16) == 0);
    ENSURE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }

  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);  // wakes accept()
    thread_.join();
    close(listener_);
  }

  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

  // Whole requests, heads and bodies, as they came in.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  static Act status(int code, const std::string& headers = {}, const std::string& body = {}) {
    return {"HTTP/1.1 " + std::to_string(code) + " Scripted\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\nConnection: close\r\n" + headers + "\r\n" + body};
  }

 private:
  void serve() {
    for (const Act& act : script_) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      const timeval patience = {.tv_sec = 10, .tv_usec = 0};  // a broken client fails the test instead of hanging it
      setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      std::string request = read_request(client);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
      }
      perform(client, act);
      close(client);
    }
  }

  static void perform(int client, const Act& act) {
    if (act.answer.empty()) {
      const linger reset = {.l_onoff = 1, .l_linger = 0};
      setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      return;
    }
    bool open = send_all(client, act.answer);
    const std::string block(16 * 1024, 'x');
    while (open && act.endless) open = send_all(client, block);
    char more[256];
    while (open && act.hold) open = recv(client, more, sizeof more, 0) > 0;
  }

  static bool send_all(int client, const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = send(client, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }

  static std::string read_request(int client) {
    std::string request;
    char buffer[4096];
    while (!is_whole(request)) {
      const ssize_t n = recv(client, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      request.append(buffer, static_cast<std::size_t>(n));
    }
    return request;
  }

  static bool is_whole(const std::string& request) {
    const std::size_t head = request.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const std::size_t length = request.find("Content-Length: ");
    const std::size_t body = length < head ? std::stoul(request.substr(length + 16)) : 0;
    return request.size() >= head + 4 + body;
  }

  std::vector<Act> script_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tocsin
